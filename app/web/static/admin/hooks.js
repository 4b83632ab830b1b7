// SPDX-License-Identifier: MIT
// Webhooks that go out, and the jobs behind them and the mail.
import { get, patch, post, remove, request } from "/admin/api.js";
import { badge, dialog, errand, filters, go, html, input, nothing, pager, say,
	select, table, when } from "/admin/ui.js";

const states = ["", "queued", "done", "dead"];

// A secret is shown once, when it is made.
function reveal(made) {
	dialog("The secret of this webhook", html`<p>It signs what is sent and is
not shown again:</p><p><code>${made.secret}</code></p>`, null, () => {});
}

const fields = (w) => html`
${input("url", "URL", w.url, { type: "url", required: true })}
${input("events", "Events, with commas; * is all",
	(w.events ?? ["*"]).join(", "), { required: true })}
${input("description", "Description", w.description ?? "",
	{ maxlength: 500 })}`;

const body = ({ url, events, description }) => ({ url, description,
	events: events.split(/[\s,]+/).filter((e) => e) });

function add(refresh) {
	dialog("New webhook", fields({}), "Make it", async (values, form) => {
		reveal(await post("/admin/webhooks", body(values), form));
		refresh();
	});
}

function edit(w, etag, refresh) {
	dialog(`Webhook ${w.id}`, html`${fields(w)}
${select("is_active", "State", [["true", "active"], ["false", "disabled"]],
	w.is_active)}`, "Save", async ({ is_active, ...values }) => {
		await patch(`/admin/webhooks/${w.id}`,
			{ ...body(values), is_active: is_active === "true" }, etag);
		say("Saved.");
		refresh();
	});
}

function rotate(w, refresh) {
	dialog(`New secret for webhook ${w.id}?`, html`<p>The old one signs too
for 24 hours.</p>`, "Make it", async () => {
		reveal(await post(`/admin/webhooks/${w.id}/rotate-secret`,
			undefined, w));
		refresh();
	});
}

function drop(w) {
	dialog(`Delete webhook ${w.id}?`, html`<p>${w.url}</p>`, "Delete",
		async () => {
			await remove(`/admin/webhooks/${w.id}`);
			go("#/webhooks", `${w.url} is deleted.`);
		});
}

const live = (w) => html`${badge(w.is_active ? "active" : "disabled")}
${w.disabled_reason ?? ""}`;

export async function webhooks({ params, refresh }) {
	const list = await get("/admin/webhooks",
		{ limit: 50, ...Object.fromEntries(params) });

	return { title: "Webhooks", body: html`
<p><button @click=${() => add(refresh)}>New webhook</button></p>
${table("Webhooks", [
	["URL", (w) => html`<a href=${`#/webhooks/${w.id}`}>${w.url}</a>`],
	["Description", (w) => w.description ?? ""],
	["Events", (w) => w.events.join(", ")],
	["State", live],
], list.data)}${pager("webhooks", params, list)}` };
}

// Once for each time that the row was shown.
const again = (row, path, done, refresh) => errand(async () => {
	await post(path, undefined, row);
	say(done);
	await refresh();
});

const deliveries = (w, list, refresh) => html`<section><h2>Deliveries</h2>
${table("Deliveries", [
	["When", (d) => when(d.created_at)],
	["Event", (d) => d.event],
	["State", (d) => badge(d.state)],
	["Tries", (d) => d.attempts, "number"],
	["Answer", (d) => d.response_status ?? "", "number"],
	["Error", (d) => d.last_error ?? ""],
	["Actions", (d) => html`<button class="outline"
	aria-label=${`Send again: delivery ${d.id}`}
	@click=${again(d, `/admin/webhooks/${w.id}/deliveries/${d.id}/replay`,
		"It is sent again.", refresh)}>Send again</button>`],
], list.data)}</section>`;

export async function webhook({ id, params, refresh }) {
	const path = `webhooks/${encodeURIComponent(id)}`;
	const [{ data: w, etag }, log] = await Promise.all([
		request("GET", `/admin/${path}`),
		get(`/admin/${path}/deliveries`,
			{ limit: 50, ...Object.fromEntries(params) })]);

	return { title: `Webhook ${w.id}`, body: html`
<p>${live(w)} ${w.url}</p><p>${w.events.join(", ")}</p>
<div class="actions"><button @click=${() => edit(w, etag, refresh)}>Edit</button>
<button class="secondary" @click=${() => rotate(w, refresh)}>New secret…</button>
<button class="secondary" @click=${() => drop(w)}>Delete…</button></div>
${deliveries(w, log, refresh)}${pager(path, params, log)}` };
}

export async function jobs({ params, refresh }) {
	const asked = Object.fromEntries(params);
	const list = await get("/admin/jobs", { limit: 50, ...asked });

	return { title: "Jobs", body: html`
${filters("jobs", html`${select("state", "State", states, asked.state)}
${select("kind", "Kind", ["", "event", "mail", "webhook"], asked.kind)}`)}
${table("Jobs", [
	["Job", (j) => j.id],
	["Kind", (j) => j.kind],
	["Topic", (j) => j.topic],
	["State", (j) => badge(j.state)],
	["Tries", (j) => j.attempts, "number"],
	["Runs", (j) => when(j.done_at ?? j.run_at)],
	["Order", (j) => j.order_id ?
		html`<a href=${`#/orders/${j.order_id}`}>${j.order_id}</a>` : ""],
	["Error", (j) => j.last_error ?? ""],
	["Actions", (j) => j.state === "done" ? nothing : html`<button
	class="outline" aria-label=${`Run now: job ${j.id}`}
	@click=${again(j, `/admin/jobs/${j.id}/retry`, `Job ${j.id} runs now.`,
		refresh)}>Run now</button>`],
], list.data)}${pager("jobs", params, list)}` };
}
