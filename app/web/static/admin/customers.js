// SPDX-License-Identifier: MIT
// People with an account.
import { get, patch, put, remove, request } from "/admin/api.js";
import { orderTable } from "/admin/orders.js";
import { badge, dialog, filters, go, html, input, pager, say, select, table,
	when } from "/admin/ui.js";

const fullName = (u) =>
	[u.first_name, u.last_name].filter((n) => n).join(" ");
const state = (u) => badge(u.is_active ? "active" : "disabled");

export async function customers({ params }) {
	const asked = Object.fromEntries(params);
	const list = await get("/admin/users", { limit: 20, ...asked });

	return { title: "Customers", body: html`
${filters("customers", html`
${input("search", "Search", asked.search, { type: "search" })}
${select("role", "Role", ["", "customer", "admin"], asked.role)}
${select("is_active", "State", [["", "any"], ["true", "active"],
	["false", "disabled"]], asked.is_active)}`)}
${table("Customers", [
	["E-mail", (u) => html`<a href=${`#/customers/${u.id}`}>${u.email}</a>`],
	["Name", fullName],
	["Role", (u) => u.role],
	["State", state],
	["Since", (u) => when(u.created_at)],
], list.data)}${pager("customers", params, list)}` };
}

function toggle(u, etag, refresh) {
	const to = u.is_active ? "Disable" : "Enable";

	dialog(`${to} ${u.email}?`, html`<p>${u.is_active ?
		"All sessions end with the next request." :
		"The account can sign in again."}</p>`, to, async () => {
		await put(`/admin/users/${u.id}/toggle-status`, undefined, etag);
		say(`${u.email} is changed.`);
		refresh();
	});
}

function changeRole(u, etag, refresh) {
	dialog(`Role of ${u.email}`, select("role", "Role",
		["customer", "admin"], u.role), "Change", async ({ role }) => {
		await put(`/admin/users/${u.id}/role`, { role }, etag);
		say(`${u.email} is ${role} now.`);
		refresh();
	});
}

function edit(u, etag, refresh) {
	dialog(`Names of ${u.email}`, html`
${input("first_name", "First name", u.first_name, { maxlength: 100 })}
${input("last_name", "Last name", u.last_name, { maxlength: 100 })}
${input("phone", "Phone", u.phone, { maxlength: 32 })}`, "Save",
	async (values) => {
		await patch(`/users/${u.id}`, values, etag);
		say("Saved.");
		refresh();
	});
}

function erase(u) {
	dialog(`Erase ${u.email}?`, html`<p>What the shop knows of this person is
erased and pending orders are cancelled; the other orders stay. There is no
way back.</p>`, "Erase", async () => {
		await remove(`/users/${u.id}`);
		go("#/customers", `${u.email} is erased.`);
	});
}

export async function customer({ id, params, refresh }) {
	const path = `customers/${encodeURIComponent(id)}`;
	const [{ data: u, etag }, list] = await Promise.all([
		request("GET", `/users/${encodeURIComponent(id)}`),
		get("/admin/orders",
			{ user_id: id, limit: 20, ...Object.fromEntries(params) }),
	]);

	return { title: u.email, body: html`
<p>${state(u)} ${badge(u.role)} ${fullName(u)} ${u.phone ?? ""} since
${when(u.created_at)}${u.email_verified ? ", e-mail verified" : ""}</p>
<div class="actions">
<button @click=${() => toggle(u, etag, refresh)}>${
	u.is_active ? "Disable" : "Enable"}</button>
<button class="secondary" @click=${() => edit(u, etag, refresh)}>Edit</button>
<button class="secondary" @click=${() => changeRole(u, etag, refresh)}>Role</button>
<button class="secondary" @click=${() => erase(u)}>Erase…</button>
</div>
<section><h2>Orders</h2>${orderTable(list.data)}${
	pager(path, params, list)}</section>` };
}
