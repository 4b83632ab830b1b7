// SPDX-License-Identifier: MIT
// What customers say of a product; what must not stand there is deleted.
import { get, remove } from "/admin/api.js";
import { dialog, html, pager, say, table, when } from "/admin/ui.js";

function drop(r, refresh) {
	dialog("Delete this review?", html`<p>${r.author ?? "Somebody"}:
${r.title} ${r.comment}</p>`, "Delete", async () => {
		await remove(`/products/${r.product_id}/reviews/${r.id}`);
		say("The review is deleted.");
		refresh();
	});
}

export async function reviews(id, params, refresh) {
	const list = await get(`/products/${id}/reviews`,
		{ limit: 20, ...Object.fromEntries(params) });

	return html`<section><h2>Reviews</h2>${table("Reviews", [
		["When", (r) => when(r.created_at)],
		["By", (r) => r.user_id ? html`<a
	href=${`#/customers/${r.user_id}`}>${r.author ?? r.user_id}</a>` : ""],
		["Bought", (r) => r.verified_purchase ? "yes" : "no"],
		["Stars", (r) => r.rating, "number"],
		["Review", (r) => html`<strong>${r.title}</strong> ${r.comment}`],
		["Actions", (r) => html`<button class="outline secondary"
	aria-label=${`Delete review ${r.id}`}
	@click=${() => drop(r, refresh)}>Delete</button>`],
	], list.data)}${pager(`products/${id}`, params, list)}</section>`;
}
