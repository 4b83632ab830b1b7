// SPDX-License-Identifier: MIT
// Products and their variants.
import { get, patch, post, Problem, query, remove, request } from "/admin/api.js";
import { attributes, changed, lines } from "/admin/attributes.js";
import { categoryChoice } from "/admin/categories.js";
import { reviews } from "/admin/reviews.js";
import { area, badge, cents, decimal, dialog, filters, go, html, input, money,
	nothing, pager, say, select, submit, table, whole }
	from "/admin/ui.js";

const states = ["active", "draft", "archived"];

function priced(p) {
	const money1 = money(p.min_price_cents ?? p.price_cents, p.currency);
	const money2 = money(p.max_price_cents ?? p.price_cents, p.currency);

	return money1 === money2 ? money1 : `${money1} – ${money2}`;
}

export async function products({ params }) {
	const asked = Object.fromEntries(params);
	const list = await get("/products", { limit: 20, ...asked });

	return { title: "Products", body: html`
<p><a href="#/products/new">New product</a></p>
${filters("products", html`
${input("q", "Search", asked.q, { type: "search" })}
${select("status", "Status", states, asked.status)}`)}
${table("Products", [
	["Title", (p) => html`<a href=${`#/products/${p.id}`}>${p.title}</a>`],
	["SKU", (p) => p.sku],
	["Status", (p) => badge(p.status)],
	["Category", (p) => p.category?.name ?? ""],
	["Price", priced, "number"],
	["Available", (p) => p.total_available, "number"],
], list.data)}${pager("products", params, list)}` };
}

const LINES = "Attributes, one a line, such as color: white";

const common = (p, categories) => html`
${input("title", "Title", p.title, { required: true, maxlength: 200 })}
${area("description", "Description", p.description)}
<div class="grid">
${select("category_id", "Category", categories, p.category_id)}
${select("status", "Status", states, p.status ?? "active")}
${input("slug", p.slug ? "Slug" : "Slug (made from the title if empty)",
	p.slug, { required: p.slug })}
</div>
<div class="grid">
${area("attributes", LINES, lines(p.attributes))}
${area("images", "Pictures, one URL a line", p.images?.join("\n"))}
</div>`;

function body({ slug, category_id, images, ...rest }) {
	return { ...rest, ...(slug ? { slug } : {}),
		images: images.split(/\s+/).filter((url) => url),
		category_id: category_id ? Number(category_id) : null };
}

export async function newProduct() {
	const categories = await categoryChoice();
	const send = submit(async ({ sku, ...values }, form) => {
		const made = await post("/products", { ...body(values),
			attributes: attributes(values.attributes),
			stock: whole(form, "stock"), ...(sku ? { sku } : {}) },
		form);

		await go(`#/products/${made.id}`, `${made.title} is made.`);
	});

	return { title: "New product", body: html`<form @submit=${send}>
${common({}, categories)}
<div class="grid">
${input("sku", "SKU (made if empty)", "", { maxlength: 64 })}
${input("price", "Price", "", { required: true, inputmode: "decimal" })}
${input("stock", "Stock", "0", { required: true, inputmode: "numeric" })}
</div><button type="submit">Make it</button></form>` };
}

const price = (name, label, cents, p, more) => input(name, label,
	cents == null ? "" : decimal(cents, p.currency),
	{ inputmode: "decimal", ...more });

const variantFields = (v, p) => html`
${input("sku", "SKU", v.sku, { required: v.sku, maxlength: 64 })}
${input("title", "Title", v.title, { required: v.title, maxlength: 200 })}
${price("price", "Price", v.price_cents, p, { required: true })}
${price("compare_at", "Price before (optional)", v.compare_at_price_cents, p)}
${area("attributes", LINES, lines(v.attributes), 2)}
${v.is_default ? nothing : html`<div class="field"><label><input
type="checkbox" name="is_default"> is what is sold if nobody chooses</label>
</div>`}`;

// A variant has no tag of its own to be guarded by; it is looked at before.
async function unchanged(p, v) {
	const { variants } = await get(`/products/${p.id}`);
	const text = ({ available, reserved, in_stock, ...own } = {}) =>
		JSON.stringify(own);

	if (text(variants.find((now) => now.id === v.id)) !== text(v))
		throw new Problem(412, { code: "precondition_failed" });
}

// What the fields say; an empty price before is none.
function variantBody({ sku, title, price, is_default }, form, p) {
	const before = form.elements.namedItem("compare_at").value.trim();

	return { price, ...(sku ? { sku } : {}), ...(title ? { title } : {}),
		...(is_default ? { is_default: true } : {}),
		compare_at_price_cents: before === "" ? null :
			cents(form, "compare_at", p.currency) };
}

function editVariant(p, v, refresh) {
	dialog(`Variant ${v.sku}`, variantFields(v, p), "Save",
		async (values, form) => {
			const change = { ...variantBody(values, form, p),
				attributes: changed(v.attributes, values.attributes) };

			await unchanged(p, v);
			await patch(`/products/${p.id}/variants/${v.id}`, change);
			say("Saved.");
			refresh();
		});
}

function addVariant(p, refresh) {
	dialog("New variant", html`${variantFields({}, p)}
${input("stock", "Stock", "0", { required: true, inputmode: "numeric" })}`,
	"Make it", async (values, form) => {
		await post(`/products/${p.id}/variants`, {
			...variantBody(values, form, p),
			attributes: attributes(values.attributes),
			stock: whole(form, "stock"),
		}, form);
		say("Made.");
		refresh();
	});
}

function dropVariant(p, v, refresh) {
	dialog(`Delete variant ${v.sku}?`, html`<p>It leaves the catalogue and
all carts; orders keep it.</p>`, "Delete", async () => {
		await remove(`/products/${p.id}/variants/${v.id}`);
		say("Deleted.");
		refresh();
	});
}

const variants = (p, refresh) => html`<section><h2>Variants</h2>
${table("Variants", [
	["SKU", (v) => v.sku],
	["Title", (v) => v.title ?? ""],
	["Price", (v) => money(v.price_cents, p.currency), "number"],
	["Available", (v) => v.available, "number"],
	["Reserved", (v) => v.reserved ?? "", "number"],
	["Actions", (v) => html`<div class="actions">
<button class="outline" @click=${() => editVariant(p, v, refresh)}>Edit</button>
<a href=${`#/inventory/${v.id}`}>Stock</a>
${p.variants.length > 1 ? html`<button class="outline secondary"
	@click=${() => dropVariant(p, v, refresh)}>Delete</button>` : nothing}
</div>`],
], p.variants)}
<button @click=${() => addVariant(p, refresh)}>New variant</button></section>`;

function drop(p) {
	dialog(`Delete ${p.title}?`, html`<p>It leaves the catalogue and all
carts; orders keep it.</p>
<div class="field"><label><input type="checkbox" name="permanent"> also
remove the row, if no order names it</label></div>`, "Delete", async ({ permanent }) => {
		await remove(query(`/products/${p.id}`,
			permanent ? { permanent: "true" } : {}));
		go("#/products", `${p.title} is deleted.`);
	});
}

export async function product({ id, params, refresh }) {
	const [{ data: p, etag }, categories] = await Promise.all([
		request("GET", `/products/${encodeURIComponent(id)}`),
		categoryChoice(),
	]);
	const said = await reviews(p.id, params, refresh);
	const save = submit(async (values) => {
		await patch(`/products/${p.id}`, { ...body(values),
			attributes: changed(p.attributes, values.attributes) }, etag);
		say("Saved.");
		await refresh();
	});

	return { title: p.title, body: html`
<p>${badge(p.status)} ${p.sku} · ${priced(p)} · ${p.total_available}
available</p>
<form @submit=${save}>${common(p, categories)}
<div class="actions"><button type="submit">Save</button>
<button type="button" class="secondary" @click=${() => drop(p)}>Delete…</button>
</div></form>
${variants(p, refresh)}
${said}` };
}
