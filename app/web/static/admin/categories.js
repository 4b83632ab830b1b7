// SPDX-License-Identifier: MIT
// The tree of categories, and the choice of one.
import { get, patch, post, remove, request } from "/admin/api.js";
import { count, dialog, errand, html, input, say, select, table }
	from "/admin/ui.js";

// The tree as one list.
const flat = (nodes, depth = 0) => nodes.flatMap((c) => [{ ...c, depth },
	...flat(c.children ?? [], depth + 1)]);

const indented = (c) => "\u00a0".repeat(c.depth * 3) + c.name;

const list = async () => flat((await get("/categories")).data);

const choice = (cs) =>
	[["", "none"], ...cs.map((c) => [String(c.id), indented(c)])];

export const categoryChoice = async () => choice(await list());

const fields = (c, cs) => html`
${input("name", "Name", c.name, { required: true, maxlength: 100 })}
${input("slug", c.slug ? "Slug" : "Slug (made from the name if empty)", c.slug,
	{ required: c.slug, maxlength: 100 })}
${select("parent_id", "Below", choice(cs), c.parent_id)}`;

const body = ({ name, slug, parent_id }) => ({ name,
	...(slug ? { slug } : {}),
	parent_id: parent_id ? Number(parent_id) : null });

function add(cs, refresh) {
	dialog("New category", fields({}, cs), "Make it", async (values, form) => {
		const made = await post("/categories", body(values), form);

		say(`${made.name} is made.`);
		refresh();
	});
}

async function edit({ id }, cs, refresh) {
	const { data: c, etag } = await request("GET", `/categories/${id}`);

	dialog(`Category ${c.name}`, fields(c, cs), "Save", async (values) => {
		await patch(`/categories/${id}`, body(values), etag);
		say("Saved.");
		refresh();
	});
}

function drop(c, refresh) {
	dialog(`Delete ${c.name}?`, html`<p>Only a category without products and
categories can be deleted.</p>`, "Delete", async () => {
		await remove(`/categories/${c.id}`);
		say(`${c.name} is deleted.`);
		refresh();
	});
}

export async function categories({ refresh }) {
	const cs = await list();

	return { title: "Categories", body: html`
<p><button @click=${() => add(cs, refresh)}>New category</button></p>
${table("Categories", [
	["Name", indented],
	["Slug", (c) => c.slug],
	["Active products", (c) => count(c.product_count), "number"],
	["Actions", (c) => html`<div class="actions"><button class="outline"
	aria-label=${`Edit ${c.name}`}
	@click=${errand(() => edit(c, cs, refresh))}>Edit</button>
<button class="outline secondary" aria-label=${`Delete ${c.name}`}
	@click=${() => drop(c, refresh)}>Delete</button></div>`],
], cs)}` };
}
