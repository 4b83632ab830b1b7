// SPDX-License-Identifier: MIT
// The operations as a list, where the viewers' scripts are not installed.

const verbs = ["get", "post", "put", "patch", "delete"];

function element(name, text, ...children) {
	const e = document.createElement(name);

	e.textContent = text;
	e.append(...children);
	return e;
}

function operations(description) {
	return Object.entries(description.paths).flatMap(([path, item]) =>
		verbs.filter((verb) => item[verb]).map((verb) =>
			element("li", "",
				element("code", `${verb.toUpperCase()} ${path}`),
				` ${item[verb].summary ?? ""}`)));
}

export async function plain(main) {
	const note = "The script of this page is not installed " +
		"(`make docs-assets` fetches it). The operations are:";

	main.className = "plain";
	main.append(element("h1", document.title), element("p", note));
	try {
		const answer = await fetch("/openapi.json");

		main.append(element("ul", "", ...operations(await answer.json())));
	} catch (error) {
		main.append(element("p", `openapi.json: ${error.message}`));
	}
}
