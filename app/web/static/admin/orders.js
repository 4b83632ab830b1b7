// SPDX-License-Identifier: MIT
// Orders, and one order with what may be done to it.
import { all, get, post, put, request } from "/admin/api.js";
import { badge, cents, decimal, dialog, edge, filters, html, input, money,
	nothing, pager, say, select, table, when } from "/admin/ui.js";

const states = ["", "pending", "confirmed", "shipped", "delivered",
	"cancelled", "refunded"];
// As the server allows it; it decides again.
const next = {
	pending: ["confirmed", "cancelled"],
	confirmed: ["shipped", "cancelled"],
	shipped: ["delivered", "refunded"],
	delivered: ["refunded"],
};
const verbs = { confirmed: "Confirm", shipped: "Ship", delivered: "Deliver",
	cancelled: "Cancel the order", refunded: "Refund and close" };

export const orderTable = (list) => table("Orders", [
	["Number", (o) => html`<a href=${`#/orders/${o.id}`}>${o.number}</a>`],
	["Date", (o) => when(o.created_at)],
	["Customer", (o) =>
		html`<a href=${`#/customers/${o.user_id}`}>${o.user_id}</a>`],
	["Status", (o) => badge(o.status)],
	["Payment", (o) => badge(o.payment_status)],
	["Total", (o) => money(o.total_cents, o.currency), "number"],
], list);

// Customers know the number, the API the id: what is asked for is compared
// with what comes.
async function numbered(text) {
	const [, digits] = /^\s*(?:SO-)?(\d{6,15})\s*$/i.exec(text) ?? [];
	const found = digits && await get(`/orders/${Number(digits) - 100000}`)
		.catch((error) => {
			if (error.status !== 404)
				throw error;
		});

	return { data: found?.number === `SO-${digits}` ? [found] : [] };
}

export async function orders({ params }) {
	const { number, ...asked } = Object.fromEntries(params);
	const list = number ? await numbered(number) :
		await get("/admin/orders", { limit: 20, ...asked,
			start_date: edge(asked.start_date, "00:00"),
			end_date: edge(asked.end_date, "23:59:59.999") });

	return { title: "Orders", body: html`
${filters("orders", html`
${input("number", "Number", number, { type: "search" })}
${select("status", "Status", states, asked.status)}
${input("user_id", "Customer's id", asked.user_id, { inputmode: "numeric" })}
${input("start_date", "From", asked.start_date, { type: "date" })}
${input("end_date", "To", asked.end_date, { type: "date" })}
${input("min_amount", "At least", asked.min_amount, { inputmode: "decimal" })}
`)}
${orderTable(list.data)}${pager("orders", params, list)}` };
}

const address = (title, a) => a ? html`<section><h2>${title}</h2>
<address>${["name", "line1", "line2", "postal_code", "city", "region",
	"country", "phone"].filter((k) => a[k]).map((k) =>
	html`${a[k]}<br>`)}</address></section>` : nothing;

function lines(o) {
	const shown = (value) => money(value, o.currency);
	const sums = [["Subtotal", o.subtotal_cents],
		["Discount", -o.discount_cents], ["Shipping", o.shipping_cents],
		["Tax", o.tax_cents], ["Total", o.total_cents],
		["Refunded", o.refunded_cents]];

	return html`<section><h2>Lines</h2>${table("Lines", [
		["Product", (i) =>
			html`<a href=${`#/products/${i.product_id}`}>${i.title}</a>`],
		["SKU", (i) => i.sku],
		["Price", (i) => shown(i.unit_price_cents), "number"],
		["Quantity", (i) => i.quantity, "number"],
		["Sum", (i) => shown(i.subtotal_cents), "number"],
	], o.items)}
<dl class="sums">${sums.filter(([name, value]) => value || name === "Total")
	.map(([name, value]) => html`<dt>${name}</dt><dd>${shown(value)}</dd>`)}
</dl></section>`;
}

function move(o, to, etag, refresh) {
	dialog(`${verbs[to]}: ${o.number}`, html`
<p>${o.status.replaceAll("_", " ")} → ${to}</p>
${input("reason", "Reason (optional)", "", { maxlength: 500 })}`, verbs[to],
	async ({ reason }) => {
		await put(`/admin/orders/${o.id}/status`,
			reason ? { status: to, reason } : { status: to }, etag);
		say(`${o.number} is ${to}.`);
		refresh();
	});
}

const owed = (o) => o.total_cents > 0 &&
	["unpaid", "refunded"].includes(o.payment_status);

const moves = (o, etag, refresh) => {
	const allowed = (next[o.status] ?? [])
		.filter((to) => to !== "shipped" || !owed(o));

	return allowed.length ? html`<div class="actions">${allowed.map((to) => html`<button
	class=${to === "cancelled" || to === "refunded" ? "secondary" : ""}
	@click=${() => move(o, to, etag, refresh)}>${verbs[to]}</button>`)}</div>` :
		nothing;
};

function refund(p, refresh) {
	const left = p.amount_cents - p.refunded_cents;

	dialog("Refund", html`
<p>${money(left, p.currency)} are left of this payment.</p>
${input("amount_cents", `Amount in ${p.currency}`, decimal(left, p.currency),
	{ required: true, inputmode: "decimal" })}
${input("reason", "Reason (optional)", "", { maxlength: 500 })}`, "Refund",
	async ({ reason }, form) => {
		await post(`/payments/${p.id}/refunds`, {
			amount_cents: cents(form, "amount_cents", p.currency),
			...(reason ? { reason } : {}),
		}, p);
		say("Refunded.");
		refresh();
	});
}

const refundable = (p) => p.refunded_cents < p.amount_cents &&
	["succeeded", "partially_refunded"].includes(p.status);

const payments = (list, refresh) => html`<section><h2>Payments</h2>
${table("Payments", [
	["When", (p) => when(p.created_at)],
	["By", (p) => p.provider],
	["Status", (p) => badge(p.status)],
	["Amount", (p) => money(p.amount_cents, p.currency), "number"],
	["Refunded", (p) => money(p.refunded_cents, p.currency), "number"],
	["Actions", (p) => refundable(p) ? html`<button class="outline"
	@click=${() => refund(p, refresh)}>Refund</button>` : nothing],
], list)}</section>`;

const history = (list) => html`<section><h2>History</h2><ol>
${list.map((e) => html`<li>${when(e.at)}
${e.from ? html`${e.from} → ` : nothing}<strong>${e.to}</strong>
by ${e.actor?.email ?? e.actor?.id ?? e.actor}${e.reason ?
	`: ${e.reason}` : ""}</li>`)}</ol></section>`;

export async function order({ id, refresh }) {
	const path = `/orders/${encodeURIComponent(id)}`;
	const [{ data: o, etag }, events, paid] = await Promise.all([
		request("GET", path), all(`${path}/events`), all(`${path}/payments`),
	]);

	return { title: `Order ${o.number}`, body: html`
<p>${badge(o.status)} ${badge(o.payment_status)} from ${when(o.created_at)}
by <a href=${`#/customers/${o.user_id}`}>customer ${o.user_id}</a>${
	o.note ? html`: ${o.note}` : nothing}</p>
${moves(o, etag, refresh)}
${lines(o)}
${payments(paid, refresh)}
<div class="tiles">${address("Ship to", o.shipping_address)}
${address("Bill to", o.billing_address)}</div>
${history(events)}` };
}
