-- SPDX-License-Identifier: MIT
-- What a provider calls a refund is told of one of the shop's alone.

CREATE UNIQUE INDEX refunds_provider_ref_key ON refunds (provider_ref)
    WHERE provider_ref IS NOT NULL;
