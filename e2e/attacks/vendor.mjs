// A vendor whose status page was taken over: hostile words in every field that Statuspage has.

import { once } from "node:events";
import { createServer } from "node:http";

const AT = "2026-01-02T03:04:05Z";

/** A page on loopback, with one component, one incident and one update for each text: `{ origin, stop }`. */
export async function startVendor(texts) {
  const component = (text, index) => ({ id: `c${index}`, name: text, status: "partial_outage", description: text });
  const update = (body, index) => ({ id: `u${index}`, status: "investigating", body, created_at: AT, updated_at: AT, display_at: AT });
  const incident = (name, index) => ({
    id: `i${index}`,
    name,
    status: "investigating",
    impact: "major",
    shortlink: name,
    created_at: AT,
    updated_at: AT,
    incident_updates: [update(name, index)],
    components: [component(name, index)],
  });
  const page = { id: "p", name: texts[0], url: texts[0], time_zone: "Etc/UTC", updated_at: AT };
  const incidents = texts.map(incident);
  const documents = {
    summary: { page, components: texts.map(component), incidents, scheduled_maintenances: [], status: { indicator: "major", description: texts[1] } },
    incidents: { page, incidents },
    "scheduled-maintenances": { page, scheduled_maintenances: [] },
  };
  const server = createServer((request, response) => {
    const document = documents[request.url.match(/^\/api\/v2\/(.+)\.json/)?.[1]];
    response.writeHead(document ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(document ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
