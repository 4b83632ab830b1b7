// SPDX-License-Identifier: MIT
// Stock: on hand = available + reserved, every change with its reason.
import { get, put, request } from "/admin/api.js";
import { badge, count, dialog, errand, filters, html, input, pager, say,
	select, table, when, whole } from "/admin/ui.js";

const levels = ["", "out_of_stock", "critical", "low", "medium", "high"];

// What is counted is right as of now only; what is added is added to any
// stock, but once: the second time it has to be the same as before.
async function adjust(variant, refresh) {
	const path = `/admin/inventory/${variant.variant_id}`;
	const { data: v, etag } = await request("GET", path);
	let sent = false;

	dialog(`Stock of ${v.sku}`, html`
<p>${count(v.available)} available, ${count(v.reserved)} reserved by open
orders.</p>
${select("how", "What", [["delta", "Add or take away (12, -3)"],
	["available", "Set what is available"]], "delta")}
${input("amount", "Pieces", "", { required: true, inputmode: "numeric" })}
${input("reason", "Reason", "", { required: true, maxlength: 500 })}`,
	"Change", async ({ how, reason }, form) => {
		const change = { [how]: whole(form, "amount"), reason };
		const sure = sent || how === "available" ? etag : undefined;

		sent = true;
		await put(path, change, sure);
		say(`The stock of ${v.sku} is changed.`);
		refresh();
	});
}

export async function inventory({ params, refresh }) {
	const asked = Object.fromEntries(params);
	const list = await get("/admin/inventory", { limit: 50, ...asked });

	return { title: "Inventory", body: html`
${filters("inventory", html`
${input("q", "Search", asked.q, { type: "search" })}
${select("level", "Level", levels, asked.level)}`)}
${table("Inventory", [
	["SKU", (v) =>
		html`<a href=${`#/inventory/${v.variant_id}`}>${v.sku}</a>`],
	["Product", (v) => v.title],
	["On hand", (v) => count(v.on_hand), "number"],
	["Available", (v) => count(v.available), "number"],
	["Reserved", (v) => count(v.reserved), "number"],
	["Level", (v) => badge(v.level)],
	["Actions", (v) => html`<button class="outline" aria-label=${`Adjust ${v.sku}`}
	@click=${errand(() => adjust(v, refresh))}>Adjust</button>`],
], list.data)}${pager("inventory", params, list)}` };
}

export async function movements({ id, params }) {
	const path = `inventory/${encodeURIComponent(id)}`;
	const list = await get(`/admin/${path}/movements`,
		{ limit: 50, ...Object.fromEntries(params) });
	const signed = (n) => n > 0 ? `+${count(n)}` : count(n);

	return { title: `Ledger of variant ${id}`, body: html`
${table("Ledger", [
	["When", (m) => when(m.created_at)],
	["What", (m) => badge(m.kind)],
	["Available", (m) => signed(m.delta_available), "number"],
	["Reserved", (m) => signed(m.delta_reserved), "number"],
	["Order", (m) => m.order_id ?
		html`<a href=${`#/orders/${m.order_id}`}>${m.order_id}</a>` : ""],
	["Reason", (m) => m.reason ?? ""],
], list.data)}${pager(path, params, list)}` };
}
