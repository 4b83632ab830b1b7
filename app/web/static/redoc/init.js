// SPDX-License-Identifier: MIT
import { plain } from "/docs/plain.js";

const api = document.getElementById("api");

if (window.Redoc)
	window.Redoc.init("/openapi.json", {}, api);
else
	plain(api);
