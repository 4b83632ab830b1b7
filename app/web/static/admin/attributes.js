// SPDX-License-Identifier: MIT
// Attributes as lines that are typed: "color: white".  What was not touched
// comes out as it went in.

// 42 and true are themselves, 1.50 and all else is text.
function read(text) {
	try {
		const value = JSON.parse(text);

		return value !== null && JSON.stringify(value) === text ? value : text;
	} catch {
		return text;
	}
}

// What would be read as something else stands in quotes.
function shown(value) {
	return typeof value === "string" && read(value) === value &&
		value.trim() === value && !/[\r\n]/.test(value) ?
		value : JSON.stringify(value);
}

const named = (name) => name.trim() === name && name !== "" &&
	!/[:"\r\n]/.test(name) ? name : JSON.stringify(name);

export const lines = (attributes) => Object.entries(attributes ?? {})
	.map(([name, value]) => `${named(name)}: ${shown(value)}`).join("\n");

function line(text) {
	const [, name, value] =
		/^("(?:[^"\\]|\\.)*"|[^":][^:]*):(.*)$/.exec(text) ?? [];

	if (name === undefined)
		throw Object.assign(new Error("This cannot be sent."), { errors: [{
			field: "attributes", detail: `Not "name: value": ${text}` }] });
	return [name[0] === '"' ? JSON.parse(name) : name.trim(),
		read(value.trim())];
}

export const attributes = (text) => Object.fromEntries(
	text.split("\n").map((l) => l.trim()).filter((l) => l).map(line));

// What makes the attributes before into those in the text (RFC 7396).
export const changed = (before, text) => ({
	...Object.fromEntries(Object.keys(before ?? {}).map((k) => [k, null])),
	...attributes(text),
});
