// SPDX-License-Identifier: MIT
import { plain } from "/docs/plain.js";

if (window.SwaggerUIBundle)
	window.SwaggerUIBundle({
		url: "/openapi.json",
		dom_id: "#api",
		layout: "BaseLayout",
		deepLinking: true,
		displayRequestDuration: true,
		docExpansion: "list",
		filter: true,
		persistAuthorization: false,
		validatorUrl: null,
	});
else
	plain(document.getElementById("api"));
