/* SPDX-License-Identifier: MIT */
#include "app/web/openapi.h"

#include "app/jobs/topic.h"

/* Headers of Standard Webhooks, with examples. */
static void
headers(struct buf *out)
{
	static const struct { const char *name, *text, *example; } rows[] = {
		{ "webhook-id", "The same again when a delivery is repeated: "
		    "drop what was seen before",
		    "6f1c2e0a-5d3b-4c7e-9a8f-0b1c2d3e4f50" },
		{ "webhook-timestamp", "Unix seconds of this attempt",
		    "1795521600" },
		{ "webhook-signature", "v1, and the base64 HMAC-SHA-256 of "
		    "id.timestamp.body under the decoded secret; two of them, "
		    "separated by a blank, while a secret is replaced",
		    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=" },
	};

	put(out, "'parameters':[");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		put(out, i > 0 ? "," : "", "{'name':'", rows[i].name,
		    "','in':'header','required':true,'schema':{'type':"
		    "'string'},'description':'", rows[i].text,
		    "','example':'", rows[i].example, "'}");
	buf_chr(out, ']');
}

static void
event(struct buf *out, const char *name)
{
	buf_json_key(out, name);
	put(out, "{'post':{'operationId':'on_");
	for (const char *p = name; *p != '\0'; p++)
		buf_chr(out, *p == '.' ? '_' : *p);
	put(out, "','tags':['Webhooks'],'summary':'", name, "','description':"
	    "'Sent to every endpoint that asked for it, in the order of the "
	    "events of an order, until it is answered with 2xx.','security':"
	    "[],");
	headers(out);
	put(out, ",'requestBody':{'required':true,'content':{"
	    "'application/json':{'schema':{'$ref':"
	    "'#/components/schemas/event'},'example':{'type':'", name,
	    "','timestamp':'2026-11-24T12:00:00Z','data':{}}}}},'responses':"
	    "{'204':{'description':'Taken'},'410':{'description':'No more of "
	    "this: the endpoint is switched off'}}}}");
}

void
openapi_webhooks(struct buf *out)
{
	put(out, ",'webhooks':{");
	for (size_t i = 0; i < topics_n; i++)
		if (topics[i].is_public)
			event(out, topics[i].name);
	buf_chr(out, '}');
}

void
openapi_event_schema(struct buf *out)
{
	buf_json_key(out, "event");
	put(out, "{'type':'object','required':['type','timestamp','data'],"
	    "'properties':{'type':{'type':'string','enum':[");
	for (size_t i = 0; i < topics_n; i++)
		if (topics[i].is_public) {
			buf_json_sep(out);
			buf_json_str(out, topics[i].name);
		}
	put(out, "]},'timestamp':{'type':'string','format':'date-time'},"
	    "'data':{'type':'object','additionalProperties':true,"
	    "'description':'What it is about: ids, sums, states'}}}");
}
