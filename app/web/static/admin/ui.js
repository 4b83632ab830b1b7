// SPDX-License-Identifier: MIT
// What the views share: numbers and dates as text, tables, forms, dialogs.
import { html, nothing, render } from "/vendor/lit-html/lit-html.js";

export { html, nothing, render };

// As ISO 4217 and the server have it; browsers follow other lists.
function digits(currency) {
	if (/BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|X[AOP]F/
		.test(currency))
		return 0;
	return /BHD|IQD|JOD|KWD|LYD|OMR|TND/.test(currency) ? 3 : 2;
}

// Exact decimal text, as the server takes it.
export function decimal(cents, currency) {
	const n = digits(currency);
	const text = String(cents).padStart(n + 1, "0");

	return n === 0 ? text : `${text.slice(0, -n)}.${text.slice(-n)}`;
}

export function money(cents, currency) {
	if (cents == null)
		return "";
	const n = digits(currency);

	return new Intl.NumberFormat(undefined, { style: "currency",
		currency: currency ?? "USD", minimumFractionDigits: n,
		maximumFractionDigits: n }).format(cents / 10 ** n);
}

export const count = (n) => new Intl.NumberFormat().format(n ?? 0);

export function when(text) {
	if (!text)
		return nothing;
	const shown = new Date(text).toLocaleString(undefined,
		{ dateStyle: "medium", timeStyle: "short" });

	return html`<time datetime=${text}>${shown}</time>`;
}

// When a day begins or ends here, where UTC may have another one.
export function edge(day, time) {
	const at = new Date(`${day}T${time}`);

	return Number.isNaN(at.getTime()) ? day : at.toISOString();
}

// A state is its word; the colour only helps.
export const badge = (word) =>
	html`<span class="badge" data-word=${word}>${
		String(word).replaceAll("_", " ")}</span>`;

// columns: [heading, row => content, "number" or nothing]
export function table(caption, columns, rows) {
	const cls = (c) => c[2] ?? "";

	if (rows.length === 0)
		return html`<p>Nothing here.</p>`;
	return html`<div class="overflow-auto"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((c) =>
	html`<th scope="col" class=${cls(c)}>${c[0]}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map((c, i) => i === 0 ?
	html`<th scope="row" class=${cls(c)}>${c[1](row)}</th>` :
	html`<td class=${cls(c)}>${c[1](row)}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

// #/orders?status=… with these parameters changed.
export function link(path, params, changes = {}) {
	const all = new URLSearchParams(params);

	for (const [name, value] of Object.entries(changes)) {
		all.delete(name);
		if (value !== "" && value != null)
			all.set(name, value);
	}
	const text = all.toString();

	return `#/${path}${text ? `?${text}` : ""}`;
}

// Lists have no page numbers: forward by cursor, back by the history.
export function pager(path, params, list) {
	const later = params.has("cursor");

	if (!later && !list.has_more)
		return nothing;
	return html`<nav class="pager" aria-label="Pages">
${later ? html`<a
	href=${link(path, params, { cursor: "" })}>First page</a>` : nothing}
${list.has_more ? html`<a rel="next"
	href=${link(path, params, { cursor: list.next_cursor })}>Next page</a>` :
	nothing}
</nav>`;
}

export const option = (value, label, chosen) =>
	html`<option value=${value} ?selected=${String(chosen ?? "") === value}
>${label}</option>`;

export function select(name, label, values, chosen) {
	return html`<div class="field"><label>${label}<select name=${name}>${
		values.map((v) => Array.isArray(v) ? option(v[0], v[1], chosen) :
			option(v, v === "" ? "any" : v.replaceAll("_", " "), chosen))
}</select></label></div>`;
}

export const input = (name, label, value = "", more = {}) =>
	html`<div class="field"><label>${label}<input name=${name} .value=${value ?? ""}
	type=${more.type ?? "text"} ?required=${more.required}
	inputmode=${more.inputmode ?? nothing} step=${more.step ?? nothing}
	maxlength=${more.maxlength ?? nothing}
	autocomplete=${more.autocomplete ?? "off"}></label></div>`;

export const area = (name, label, value = "", rows = 4) =>
	html`<div class="field"><label>${label}<textarea name=${name} rows=${rows}
	.value=${value ?? ""}></textarea></label></div>`;

// Go there; if we are there already, show it anew.
export function visit(to) {
	if (location.hash === to)
		dispatchEvent(new Event("hashchange"));
	else
		location.hash = to;
}

// A form over a list: its fields are the address.
export function filters(path, fields) {
	const apply = (event) => {
		event.preventDefault();
		visit(link(path, "",
			Object.fromEntries(new FormData(event.currentTarget))));
	};

	return html`<form class="filters" role="search" @submit=${apply}>
${fields}<button type="submit">Show</button></form>`;
}

function unmark(form) {
	form.querySelectorAll(".fault").forEach((e) => e.remove());
	form.querySelectorAll("[aria-invalid]").forEach((e) => {
		e.removeAttribute("aria-invalid");
		e.removeAttribute("aria-describedby");
	});
}

function note(text, id) {
	const e = document.createElement("small");

	e.className = "fault";
	e.textContent = text;
	if (id)
		e.id = id;
	return e;
}

// What the server refused, beside the fields that it names.
function mark(form, error) {
	const summary = note(error.message);
	let first = null;

	for (const fault of error.errors ?? []) {
		const field = form.elements.namedItem(
			(fault.field ?? "").replace(/[.[].*/, ""));

		if (!(field instanceof HTMLElement)) {
			summary.textContent += ` ${fault.field ?? ""}: ${fault.detail}`;
			continue;
		}
		const id = `fault-${fault.field}`;

		field.setAttribute("aria-invalid", "true");
		field.setAttribute("aria-describedby", id);
		field.closest(".field").append(note(fault.detail, id));
		first ??= field;
	}
	summary.setAttribute("role", "alert");
	form.prepend(summary);
	(first ?? summary).focus();
}

// What is pressed again meanwhile is not done again.
async function once(button, run) {
	if (button.getAttribute("aria-busy") === "true")
		return;
	button.setAttribute("aria-busy", "true");
	try {
		await run();
	} finally {
		button.removeAttribute("aria-busy");
	}
}

// @submit handler: run(values, form), with its faults shown in the form, or
// told where it was closed meanwhile.
export function submit(run) {
	const attempt = async (form) => {
		unmark(form);
		try {
			await run(Object.fromEntries(new FormData(form)), form);
		} catch (error) {
			if (form.isConnected)
				mark(form, error);
			else
				say(error.message);
		}
	};

	return (event) => {
		const form = event.currentTarget;

		event.preventDefault();
		once(form.querySelector("[type=submit]"), () => attempt(form));
	};
}

// @click handler of what asks for no more: its faults are told.
export const errand = (run) => (event) => once(event.currentTarget,
	() => run().catch((error) => say(error.message)));

export function say(text) {
	document.getElementById("said")?.replaceChildren(text);
}

// What was typed into a field of the form, if it looks like that.
function typed(form, name, pattern, detail) {
	const text = form.elements.namedItem(name).value.trim();

	if (!pattern.test(text))
		throw Object.assign(new Error("This cannot be sent."),
			{ errors: [{ field: name, detail }] });
	return text;
}

export const whole = (form, name) => Number(typed(form, name,
	/^-?\d{1,15}$/, "It must be a whole number."));

// The sum in *_cents, without a double in between.
export function cents(form, name, currency) {
	const n = digits(currency);
	const text = typed(form, name, n === 0 ? /^\d{1,15}$/ :
		new RegExp(`^\\d{1,13}([.]\\d{1,${n}})?$`),
	`It must be a sum such as ${decimal(1250, currency)}.`);
	const [main, rest = ""] = text.split(".");

	return Number(main + rest.padEnd(n, "0"));
}

// Go to another view, and say there what was done here.
export function go(to, text) {
	const shown = new Promise((resolve) => addEventListener("shown", () => {
		say(text);
		resolve();
	}, { once: true }));

	location.hash = to;
	return shown;
}

// A modal dialog with a form; resolves when it is closed.  Behind one that
// was told that the page is behind, it is shown anew.
export function dialog(title, fields, action, run) {
	const box = document.createElement("dialog");
	const close = () => box.close();
	let stale = false;
	const send = submit(async (values, form) => {
		try {
			await run(values, form);
		} catch (error) {
			stale ||= error.stale;
			throw error;
		}
		close();
	});

	render(html`<article><header><h2>${title}</h2></header>
<form @submit=${send}>${fields}
<footer><button type="button" class="secondary" @click=${close}>Close</button>
${action ? html`<button type="submit">${action}</button>` : nothing}
</footer></form></article>`, box);
	box.setAttribute("aria-label", title);
	document.body.append(box);
	box.showModal();
	return new Promise((resolve) => {
		box.addEventListener("close", () => {
			box.remove();
			resolve();
			if (stale)
				dispatchEvent(new Event("stale"));
		});
	});
}
