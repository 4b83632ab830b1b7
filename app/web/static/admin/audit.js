// SPDX-License-Identifier: MIT
// Who did what, to what, when, from where.
import { get } from "/admin/api.js";
import { html, pager, table, when } from "/admin/ui.js";

export async function audit({ params }) {
	const list = await get("/admin/audit-log",
		{ limit: 50, ...Object.fromEntries(params) });
	const person = (id) => id ?
		html`<a href=${`#/customers/${id}`}>${id}</a>` : "";

	return { title: "Audit log", body: html`
${table("Audit log", [
	["When", (e) => when(e.at)],
	["Who", (e) => person(e.actor_id)],
	["For", (e) => person(e.acting_for)],
	["Action", (e) => e.action],
	["Target", (e) => `${e.target_type ?? ""} ${e.target_id ?? ""}`],
	["Address", (e) => e.ip ?? ""],
	["Request", (e) => html`<code>${e.request_id ?? ""}</code>`],
], list.data)}${pager("audit", params, list)}` };
}
