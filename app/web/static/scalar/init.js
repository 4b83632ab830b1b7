// SPDX-License-Identifier: MIT
import { plain } from "/docs/plain.js";

// Nothing that would reach Scalar's own servers: fonts, proxy, agent, usage
// statistics, the button that opens their client.
if (window.Scalar)
	window.Scalar.createApiReference("#api", {
		url: "/openapi.json",
		withDefaultFonts: false,
		telemetry: false,
		agent: { disabled: true },
		hideClientButton: true,
		showDeveloperTools: "never",
		showToolbar: "never",
		persistAuth: false,
	});
else
	plain(document.getElementById("api"));
