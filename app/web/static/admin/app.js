// SPDX-License-Identifier: MIT
// The shell: sign in, route by the fragment, keys.
import { login, logout, onEnd, signedIn } from "/admin/api.js";
import { audit } from "/admin/audit.js";
import { categories } from "/admin/categories.js";
import { customer, customers } from "/admin/customers.js";
import { home } from "/admin/home.js";
import { jobs, webhook, webhooks } from "/admin/hooks.js";
import { order, orders } from "/admin/orders.js";
import { newProduct, product, products } from "/admin/products.js";
import { inventory, movements } from "/admin/stock.js";
import { dialog, html, input, nothing, render, say, submit, visit }
	from "/admin/ui.js";

// name, label, key after g, list, one of it
const views = [
	["", "Home", "h", home],
	["orders", "Orders", "o", orders, order],
	["products", "Products", "p", products, product],
	["categories", "Categories", "t", categories],
	["inventory", "Inventory", "i", inventory, movements],
	["customers", "Customers", "c", customers, customer],
	["webhooks", "Webhooks", "w", webhooks, webhook],
	["jobs", "Jobs", "b", jobs],
	["audit", "Audit log", "a", audit],
];
const shell = document.createElement("div");

let user = null;
let asked = 0;
let pending = "";

// What is no escape stands for itself.
function decoded(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

function place() {
	const [path, text] = location.hash.replace(/^#\/?/, "").split("?", 2);
	const [name, id] = path.split("/", 2).map(decoded);

	return { name: name ?? "", id, params: new URLSearchParams(text ?? "") };
}

const navigation = (current) => html`<nav aria-label="Main"><ul>
${views.map(([name, label]) => html`<li><a href=${`#/${name}`}
	aria-current=${name === current ? "page" : nothing}>${label}</a></li>`)}
</ul></nav>`;

const frame = (current, body) => html`
<a class="skip" href="#content" @click=${skip}>Skip to content</a>
<header class="top"><strong>shopd admin</strong><span>${user.email}</span>
<button class="outline" @click=${help}>Keys</button>
<button class="outline" @click=${leave}>Sign out</button></header>
<div class="columns">${navigation(current)}
<main id="content" tabindex="-1">${body}</main></div>
<output id="said" aria-live="polite"></output>`;

function skip(event) {
	event.preventDefault();
	document.getElementById("content").focus();
}

function heading(title) {
	document.title = `${title} - shopd admin`;
	return html`<h1 tabindex="-1">${title}</h1>`;
}

function find({ name, id }) {
	const view = views.find((v) => v[0] === name);

	if (name === "products" && id === "new")
		return newProduct;
	return view && (id === undefined ? view[3] : view[4]);
}

const told = (error) => [error.message, ...(error.errors ?? [])
	.map((fault) => `${fault.field}: ${fault.detail}.`)].join(" ");

// Show where the address points.  An answer that comes after the next
// question is dropped.
async function show(moved) {
	const turn = ++asked;
	const here = place();
	const view = find(here);
	let body;

	if (!signedIn())
		return signIn("");
	shell.setAttribute("aria-busy", "true");
	try {
		if (!view)
			throw new Error("There is no such page.");
		const page = await view({ ...here, refresh: () => show(false) });

		body = html`${heading(page.title)}${page.body}`;
	} catch (error) {
		body = html`${heading("Error")}<p role="alert">${told(error)}</p>`;
	}
	if (turn !== asked || !signedIn())
		return;
	shell.removeAttribute("aria-busy");
	if (moved)	// so that no field keeps what was typed elsewhere
		render(frame(here.name, nothing), shell);
	render(frame(here.name, body), shell);
	if (moved || document.activeElement === document.body)
		shell.querySelector("h1").focus({ preventScroll: !moved });
	dispatchEvent(new Event("shown"));
}

const credentials = (email) => html`
${input("email", "E-mail", email, { type: "email", required: true,
	autocomplete: "username" })}
${input("password", "Password", "", { type: "password", required: true,
	autocomplete: "current-password" })}`;

async function enter({ email, password }) {
	user = await login(email, password);
}

function signIn(why) {
	document.title = "Sign in - shopd admin";
	shell.removeAttribute("aria-busy");
	render(html`<main class="container narrow"><h1>Sign in</h1>
<p role="alert">${why}</p>
<form @submit=${submit(async (values) => {
	await enter(values);
	show(true);
})}>${credentials("")}
<button type="submit">Sign in</button></form></main>`, shell);
	shell.querySelector("input").focus();
}

// Over what is shown, so that nothing is lost of what was typed.
const signInAgain = () => dialog("Sign in again", html`<p>Your session has
ended. What you have typed is still there.</p>${credentials(user.email)}`,
	"Sign in", enter);

// They ask about what was shown.
function closeDialogs() {
	document.querySelectorAll("dialog").forEach((d) => d.close());
}

function leave() {
	logout().catch(() => {});
}

const keysOff = () => localStorage.getItem("keys") === "off";

function help() {
	dialog("Keys", html`<dl class="keys">
${views.map(([, label, key]) => html`<dt><kbd>g</kbd> <kbd>${key}</kbd></dt>
<dd>${label}</dd>`)}
<dt><kbd>/</kbd></dt><dd>Search this list</dd>
<dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>Next, previous row; Enter opens it</dd>
<dt><kbd>Ctrl</kbd> <kbd>Enter</kbd></dt><dd>Send the form</dd>
<dt><kbd>Esc</kbd></dt><dd>Close a dialog</dd>
<dt><kbd>?</kbd></dt><dd>This list</dd></dl>
<label><input type="checkbox" role="switch" ?checked=${!keysOff()}
	@change=${(e) => localStorage.setItem("keys",
		e.target.checked ? "on" : "off")}>
Keys of one letter</label>`, null, () => {});
}

function row(step) {
	const rows = [...shell.querySelectorAll("tbody tr")]
		.map((r) => r.querySelector("a, button")).filter((e) => e);
	const at = rows.indexOf(document.activeElement);
	const to = at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);

	rows[to]?.focus();
}

const single = {
	"/": () => shell.querySelector("[role=search] input")?.focus(),
	"?": help,
	j: () => row(1),
	k: () => row(-1),
	g: () => { pending = "g"; },
};

function second(key) {
	const view = views.find((v) => v[2] === key);

	pending = "";
	if (view)
		visit(`#/${view[0]}`);
}

function press(event) {
	const inField = event.target.closest?.("input, textarea, select, dialog");

	if (event.key === "Enter" && event.ctrlKey) {
		event.target.form?.requestSubmit();
		return;
	}
	if (!signedIn() || inField || keysOff() || event.ctrlKey ||
	    event.metaKey || event.altKey)
		return;
	if (pending === "g")
		second(event.key);
	else if (single[event.key])
		single[event.key]();
	else
		return;
	event.preventDefault();
}

// A link to where we are shows it anew.
function again(event) {
	const to = event.target.closest?.("a")?.hash;

	if (to && to === location.hash)
		visit(to);
}

document.getElementById("missing").remove();
document.body.append(shell);
shell.addEventListener("click", again);
addEventListener("keydown", press);
addEventListener("hashchange", () => {
	closeDialogs();
	say("");
	show(true);
});
addEventListener("stale", () => show(false));
onEnd(signInAgain);
addEventListener("signedout", () => {
	closeDialogs();
	asked++;
	signIn("You are signed out.");
});
signIn("");
