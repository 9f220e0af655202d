// Renders /api/openapi.json: every call with its parameters, body and answers. Text goes in as text, never as HTML.
const METHODS = ["get", "head", "post", "put", "patch", "delete"];
const DEPTH = 6;

const element = (name, attributes = {}, ...children) => {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
};

const resolve = (root, schema) => {
  const path = schema?.$ref?.slice(2).split("/");
  return path ? path.reduce((at, key) => at?.[key], root) : schema;
};

// A schema as one reads it: {name: type, …}, optional names with a question mark.
const shape = (root, given, depth = 0) => {
  const schema = resolve(root, given);
  if (!schema || depth > DEPTH) return "…";
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants) return variants.map((one) => shape(root, one, depth)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") return `[${shape(root, schema.items ?? {}, depth + 1)}]`;
  if (!schema.properties) return [schema.type ?? "any", schema.format && `(${schema.format})`].filter(Boolean).join(" ");
  const required = new Set(schema.required ?? []);
  const pad = "  ".repeat(depth + 1);
  const lines = Object.entries(schema.properties).map(
    ([name, one]) => `${pad}${name}${required.has(name) ? "" : "?"}: ${shape(root, one, depth + 1)}`);
  return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
};

const example = (value) => element("details", { className: "example" }, element("summary", { textContent: "example" }),
  element("pre", { textContent: JSON.stringify(value, null, 2) }));

// Failures are all problems of one shape, told once at the top of the page; their codes stand in the description.
const content = (root, body) => Object.entries(resolve(root, body)?.content ?? {}).filter(
  ([type]) => type !== "application/problem+json").map(
  ([type, media]) => element("div", {}, element("small", { textContent: type }),
    element("pre", { textContent: shape(root, media.schema ?? {}) }),
    ...(media.example === undefined ? [] : [example(media.example)])));

const login = ({ security = [] }) => {
  if (!security.length) return "No login is needed.";
  return security.some((way) => !Object.keys(way).length) ? "A login may be sent." : "A login is needed.";
};

const parameters = (root, list) => {
  if (!list.length) return "";
  const rows = list.map((given) => resolve(root, given)).map((one) => element("tr", {},
    element("td", {}, element("code", { textContent: one.name }), one.required ? "" : " (optional)"),
    element("td", { textContent: one.in }),
    element("td", { textContent: shape(root, one.schema ?? {}) }),
    element("td", { textContent: one.description ?? "" })));
  return element("table", {}, element("tbody", {}, ...rows));
};

const call = (root, path, item, method) => {
  const operation = item[method];
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => element("div", {},
    element("h4", { textContent: status }),
    ...(resolve(root, answer).description ?? "").split("\n\n").map((line) => element("p", { textContent: line })),
    ...content(root, answer)));
  return element("details", { id: `${method} ${path}` },
    element("summary", {}, element("span", { className: "method", textContent: method.toUpperCase() }),
      element("code", { textContent: path }), element("span", { className: "summary", textContent: operation.summary ?? "" })),
    element("p", { textContent: `${operation.description ?? ""} ${login(operation)}` }),
    parameters(root, [...(item.parameters ?? []), ...(operation.parameters ?? [])]),
    ...(operation.requestBody ? [element("h4", { textContent: "Body" }), ...content(root, operation.requestBody)] : []),
    ...answers);
};

const bySection = (root) => {
  const sections = new Map();
  for (const [path, item] of Object.entries(root.paths).sort()) {
    for (const method of METHODS.filter((one) => item[one])) {
      const section = item[method].tags?.[0] ?? "other";
      sections.set(section, [...(sections.get(section) ?? []), call(root, path, item, method)]);
    }
  }
  return sections;
};

const show = (root) => {
  const sections = bySection(root);
  const told = new Map((root.tags ?? []).map(({ name, description }) => [name, description]));
  const names = [...told.keys(), ...[...sections.keys()].filter((name) => !told.has(name))];
  document.getElementById("contents").append(...names.map(
    (name) => element("a", { href: `#${name}`, textContent: name })));
  document.getElementById("calls").replaceChildren(...names.map((name) =>
    element("section", {}, element("h2", { id: name, textContent: name }),
      element("p", { textContent: told.get(name) ?? "" }), ...(sections.get(name) ?? []))));
};

try {
  const answer = await fetch("/api/openapi.json");
  if (!answer.ok) throw new Error(`the document cannot be read now (${answer.status}); try again shortly`);
  show(await answer.json());
} catch (error) {
  document.getElementById("calls").textContent = error.message;
}
