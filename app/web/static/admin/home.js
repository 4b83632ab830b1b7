// SPDX-License-Identifier: MIT
// Sales at a glance, and what needs a hand.
import { get } from "/admin/api.js";
import { orderTable } from "/admin/orders.js";
import { count, html, input, link, money, nothing, submit, table, visit }
	from "/admin/ui.js";

const day = 86400000;
const iso = (ms) => new Date(ms).toISOString().slice(0, 10);

// The asked days, 30 of them by default, and as many before them.
function periods(params) {
	const to = Date.parse(params.get("to") || iso(Date.now()));
	const from = Date.parse(params.get("from") || iso(to - 29 * day));

	return [
		{ from: iso(from), to: iso(to) },
		{ from: iso(2 * from - to - day), to: iso(from - day) },
	];
}

function change(now, before) {
	if (!before)
		return html`<small>no earlier value</small>`;
	const percent = Math.round((now - before) / before * 100);

	return html`<small>${percent > 0 ? "▲" : percent < 0 ? "▼" : "="}
${Math.abs(percent)} % against the days before</small>`;
}

function tile(label, name, now, before, show) {
	return html`<article><h2>${label}</h2>
<p class="figure">${show(now[name])}</p>${change(now[name], before[name])}
</article>`;
}

function draw(days, currency) {
	const place = document.getElementById("chart");

	if (!place || !window.uPlot)
		return;
	const color = getComputedStyle(place).color;
	const axis = { stroke: color, grid: { stroke: `${color}22` } };

	place.replaceChildren();
	new window.uPlot({
		width: place.clientWidth, height: 220, legend: { show: false },
		tzDate: (s) => window.uPlot.tzDate(new Date(s * 1000), "Etc/UTC"),
		series: [{}, { stroke: "#0f766e", width: 2, fill: "#0f766e22" }],
		axes: [axis, { ...axis, size: 90, values: (_, values) =>
			values.map((v) => money(v, currency)) }],
	}, [
		days.map((d) => Date.parse(d.date) / 1000),
		days.map((d) => d.revenue_cents),
	], place);
}

function sales(now) {
	const days = now.sales_by_day;
	const shown = (cents) => money(cents, now.currency);
	const best = days.reduce((a, b) =>
		b.revenue_cents > a.revenue_cents ? b : a, days[0]);

	addEventListener("shown", () => draw(days, now.currency), { once: true });
	return html`<section><h2>Revenue by day</h2>
<div id="chart" role="img" aria-label=${best ? `Revenue from ${now.from} to
${now.to}, ${shown(now.revenue_cents)} in all; the best day was ${best.date}
with ${shown(best.revenue_cents)}` : "No sales"}></div>
<details><summary>As a table</summary>${table("Revenue by day", [
	["Day", (d) => d.date],
	["Orders", (d) => count(d.orders), "number"],
	["Revenue", (d) => shown(d.revenue_cents), "number"],
], days)}</details></section>`;
}

function attention(now, [confirmed, pending, dead]) {
	const rows = [
		["orders?status=confirmed", "Confirmed orders to be shipped",
			confirmed],
		["orders?status=pending", "Orders waiting for their payment", pending],
		["inventory?level=out_of_stock", "Products out of stock",
			now.out_of_stock_count],
		["inventory?level=low", "Products low on stock",
			now.low_stock_count],
		["jobs?state=dead", "Jobs that have failed for good", dead],
	].filter((r) => r[2] > 0);

	return html`<section><h2>Needs attention</h2>${rows.length === 0 ?
		html`<p>Nothing now.</p>` :
		html`<ul>${rows.map(([to, label, n]) => html`<li>
<a href=${`#/${to}`}>${label}: ${count(n)}</a></li>`)}</ul>`}</section>`;
}

const top = (now) => html`<section><h2>Best sellers</h2>
${table("Best sellers", [
	["Product", (p) =>
		html`<a href=${`#/products/${p.product_id}`}>${p.title}</a>`],
	["Sold", (p) => count(p.quantity), "number"],
	["Revenue", (p) => money(p.revenue_cents, now.currency), "number"],
], now.top_products)}</section>`;

const total = async (path, params) =>
	(await get(path, { ...params, limit: 1, count: true })).total_count;

export async function home({ params }) {
	const [period, before] = periods(params);
	const [now, then, latest, ...waiting] = await Promise.all([
		get("/admin/dashboard", period),
		get("/admin/dashboard", before),
		get("/admin/orders", { limit: 10 }),
		total("/admin/orders", { status: "confirmed" }),
		total("/admin/orders", { status: "pending" }),
		total("/admin/jobs", { state: "dead" }),
	]);
	const cents = (value) => money(value, now.currency);
	const range = submit(async ({ from, to }) => {
		visit(link("", "", { from, to }));
	});

	return { title: "Home", body: html`
<form class="filters" @submit=${range}>
${input("from", "From (UTC)", period.from, { type: "date" })}
${input("to", "To (UTC)", period.to, { type: "date" })}
<button type="submit">Show</button></form>
<section class="tiles" aria-label="Figures">
${tile("Revenue", "revenue_cents", now, then, cents)}
${tile("Orders", "orders_count", now, then, count)}
${tile("Average order", "average_order_cents", now, then, cents)}
${tile("New customers", "new_customers_count", now, then, count)}
</section>
${attention(now, waiting)}
${now.sales_by_day.length ? sales(now) : nothing}
${now.top_products.length ? top(now) : nothing}
<section><h2>Latest orders</h2>${orderTable(latest.data)}</section>` };
}
