// A form made from the input schema as it stands in the draft: a field for every parameter.

import { make } from "../dashboard/dom.js";

export class Parameters {
  #place;
  #schemaField;
  #schema = {};
  #typed = new Map(); // what somebody wrote stays through every change of the schema

  constructor(place, schemaField) {
    this.#place = place;
    this.#schemaField = schemaField;
    this.refresh();
  }

  /** Make the form anew; while the schema is no JSON the last one stays. */
  refresh() {
    let schema;
    try {
      schema = JSON.parse(this.#schemaField.value || "{}");
    } catch {
      return;
    }
    this.#schema = schema?.properties ?? {};
    this.#remember();
    const fields = Object.entries(this.#schema)
      .filter(([, rule]) => rule && typeof rule === "object")
      .map(([name, rule]) => this.#field(name, rule, schema.required?.includes?.(name)));
    this.#place.replaceChildren(...(fields.length ? fields : [hint()]));
  }

  /** Return the parameters as JSON values; what is left empty is left out. */
  values() {
    const values = {};
    for (const input of this.#inputs()) {
      const value = valueOf(input);
      if (value !== undefined) values[input.dataset.param] = value;
    }
    return values;
  }

  /** Show mistakes beside their fields; returns what belongs to none of them. */
  showErrors(errors) {
    const rest = [];
    for (const input of this.#inputs()) this.#say(input, "");
    for (const { field, message } of errors) {
      const name = String(field).replace(/^params\.?/, "").split(".")[0];
      const input = this.#inputs().find((one) => one.dataset.param === name);
      if (input) this.#say(input, message);
      else rest.push(message);
    }
    return rest;
  }

  /** Tell whether every field holds what its kind allows, and say beside each what does not. */
  check() {
    const wrong = this.#inputs().filter((input) => {
      this.#say(input, mistakeIn(input));
      return input.getAttribute("aria-invalid") === "true";
    });
    wrong[0]?.focus();
    return wrong.length === 0;
  }

  #inputs() {
    return [...this.#place.querySelectorAll("[data-param]")];
  }

  #remember() {
    for (const input of this.#inputs()) this.#typed.set(input.dataset.param, input.value);
  }

  #field(name, rule, isRequired) {
    const input = inputFor(rule);
    input.id = `param-${name}`;
    input.dataset.param = name;
    input.required = Boolean(isRequired) && rule.default === undefined;
    const start = rule.default === undefined ? "" : asText(rule.default, rule);
    input.value = this.#typed.get(name) ?? start;
    input.setAttribute("aria-describedby", `param-${name}-help param-${name}-error`);
    input.addEventListener("change", () => this.#say(input, mistakeIn(input)));
    const label = make("label", "", name);
    label.htmlFor = input.id;
    const help = make("p", "quiet", [rule.description, boundsOf(rule)].filter(Boolean).join(" · "));
    help.id = `param-${name}-help`;
    const error = make("p", "param-error");
    error.id = `param-${name}-error`;
    error.setAttribute("role", "alert");
    return make("div", "param", label, input, help, error);
  }

  #say(input, message) {
    input.setAttribute("aria-invalid", String(Boolean(message)));
    input.parentElement.querySelector(".param-error").textContent = message;
  }
}

function hint() {
  return make("p", "empty-hint",
    "The script declares no parameters. Name them in the input schema under Details, and a field for each appears here.");
}

function inputFor(rule) {
  if (Array.isArray(rule.enum)) {
    const select = make("select", "", ...rule.enum.map((item) => {
      const option = make("option", "", item === null ? "none" : String(item));
      option.value = JSON.stringify(item);
      return option;
    }));
    select.dataset.kind = "json";
    return select;
  }
  if (rule.type === "boolean") {
    const select = make("select", "", ...["true", "false"].map((word) => make("option", "", word)));
    select.dataset.kind = "json";
    return select;
  }
  if (rule.type === "integer" || rule.type === "number") return numberInput(rule);
  if (rule.type === "string") return textInput(rule);
  const area = make("textarea", "code");
  area.rows = 2;
  area.dataset.kind = "json";
  return area;
}

function numberInput(rule) {
  const input = make("input");
  input.type = "number";
  input.inputMode = rule.type === "integer" ? "numeric" : "decimal";
  input.step = rule.type === "integer" ? "1" : "any";
  if (Number.isFinite(rule.minimum)) input.min = rule.minimum;
  if (Number.isFinite(rule.maximum)) input.max = rule.maximum;
  input.dataset.kind = "number";
  return input;
}

function textInput(rule) {
  const input = make("input");
  input.type = "text";
  if (Number.isInteger(rule.maxLength)) input.maxLength = rule.maxLength;
  input.dataset.kind = "text";
  return input;
}

const asText = (value, rule) =>
  rule.enum || typeof value === "object" || typeof value === "boolean" ? JSON.stringify(value) : String(value);

function valueOf(input) {
  if (input.value === "") return undefined;
  if (input.dataset.kind === "number") return Number(input.value);
  if (input.dataset.kind === "text") return input.value;
  try {
    return JSON.parse(input.value);
  } catch {
    return undefined;
  }
}

function mistakeIn(input) {
  if (input.dataset.kind === "json" && input.value !== "" && valueOf(input) === undefined) {
    return "This is not JSON.";
  }
  return input.validity.valid ? "" : input.validationMessage;
}

function boundsOf(rule) {
  const { minimum, maximum } = rule;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  return maximum === undefined ? "" : `at most ${maximum}`;
}
