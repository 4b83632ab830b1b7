// SPDX-License-Identifier: MIT
// Webhooks that go out, and the jobs behind them.
import { get, has, patch, post, remove } from "/admin/api.js";
import { anyTable, badge, dialog, filters, html, input, nothing, pager, say,
	select, table } from "/admin/ui.js";

// Secrets are shown once, when they are made.
function show(made) {
	if (made?.secret)
		dialog("The secret of this webhook", html`<p>It is not shown again:</p>
<p><code>${made.secret}</code></p>`, null, () => {});
}

const events = (text) => text.split(/[\s,]+/).filter((e) => e);

const fields = (w) => html`
${input("url", "URL", w.url, { type: "url", required: true })}
${input("events", "Events, with commas", (w.events ?? []).join(", "))}`;

function add(refresh) {
	dialog("New webhook", fields({}), "Make it", async (values) => {
		const made = await post("/admin/webhooks",
			{ url: values.url, events: events(values.events) });

		show(made);
		refresh();
	});
}

function edit(w, refresh) {
	dialog(`Webhook ${w.id}`, fields(w), "Save", async (values) => {
		await patch(`/admin/webhooks/${w.id}`,
			{ url: values.url, events: events(values.events) });
		say("Saved.");
		refresh();
	});
}

function drop(w) {
	dialog(`Delete webhook ${w.id}?`, html`<p>${w.url}</p>`, "Delete",
		async () => {
			await remove(`/admin/webhooks/${w.id}`);
			location.hash = "#/webhooks";
		});
}

const live = (w) => badge(w.is_active ?? w.enabled ?? true ?
	"active" : "disabled");

export async function webhooks({ params, refresh }) {
	const list = await get("/admin/webhooks",
		{ limit: 50, ...Object.fromEntries(params) });

	return { title: "Webhooks", body: html`
<p><button @click=${() => add(refresh)}>New webhook</button></p>
${table("Webhooks", [
	["URL", (w) => html`<a href=${`#/webhooks/${w.id}`}>${w.url}</a>`],
	["Events", (w) => (w.events ?? []).join(", ")],
	["State", live],
], list.data)}${pager("webhooks", params, list)}` };
}

export async function webhook({ id, refresh }) {
	const path = `/admin/webhooks/${encodeURIComponent(id)}`;
	const logged = await has("/admin/webhooks/{id}/deliveries");
	const [w, log] = await Promise.all([
		get(path), logged ? get(`${path}/deliveries`, { limit: 50 }) : null,
	]);

	return { title: `Webhook ${w.id}`, body: html`
<p>${live(w)} ${w.url}</p><p>${(w.events ?? []).join(", ")}</p>
<div class="actions"><button @click=${() => edit(w, refresh)}>Edit</button>
<button class="secondary" @click=${() => drop(w)}>Delete…</button></div>
${log ? html`<section><h2>Deliveries</h2>${
	anyTable("Deliveries", log.data)}</section>` : nothing}` };
}

async function retry(job, refresh) {
	try {
		await post(`/admin/jobs/${job.id}/retry`);
		say(`Job ${job.id} will run again.`);
		refresh();
	} catch (error) {
		say(error.message);
	}
}

export async function jobs({ params, refresh }) {
	const asked = Object.fromEntries(params);
	const list = await get("/admin/jobs", { limit: 50, ...asked });

	return { title: "Jobs", body: html`
${filters("jobs", select("status", "Status",
	["", "queued", "running", "done", "failed", "dead"], asked.status))}
${anyTable("Jobs", list.data, [["Actions", (job) => html`<button class="outline"
	aria-label=${`Retry job ${job.id}`}
	@click=${() => retry(job, refresh)}>Retry</button>`]])}
${pager("jobs", params, list)}` };
}
