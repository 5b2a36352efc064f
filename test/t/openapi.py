"""Holds the description of the API against the route table and against a running server. Used by 0230-openapi.t:

    openapi.py valid DOC                   is it OpenAPI 3.1, every reference met, every answer's schema closed?
    openapi.py routes DOC ROUTE.DEF        every row of route.def, and nothing else; each says what it answers
    openapi.py answer DOC METHOD PATH STATUS TYPE BODYFILE      is this answer as described?
    openapi.py reads DOC URL TOKEN NAME=VALUE…    asks every GET, with these in the place of {NAME} and ?NAME=
    openapi.py bodies DOC URL TOKEN NAME=VALUE…   every field of every body is read, and as the kind it is said to be
    openapi.py queries DOC URL TOKEN NAME=VALUE…  every parameter is known, bounded as it is said to be; no other is

Prints a complaint a line; none is good. What is asked and said goes to stderr.
"""
import functools
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

from jsonschema import Draft202012Validator, FormatChecker

METHODS = {"get", "put", "post", "delete", "patch"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

# What OpenAPI 3.1 asks of the parts that are used here; schemas are held against JSON Schema's own.
REFERENCE = {"type": "object", "required": ["$ref"], "additionalProperties": False,
             "properties": {"$ref": {"type": "string", "pattern": "^#/components/"}}}
CONTENT = {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[a-z]+/[a-z0-9.+-]+$"}, "additionalProperties": {
    "type": "object", "patternProperties": {"^x-": True}, "additionalProperties": False,
    "properties": {"schema": {"type": ["object", "boolean"]}}}}
RESPONSE = {"type": "object", "required": ["description"], "additionalProperties": False,
            "properties": {"description": {"type": "string", "minLength": 1}, "content": CONTENT}}
PARAMETER = {"type": "object", "required": ["name", "in", "schema", "description"], "additionalProperties": False,
             "properties": {"name": {"type": "string"}, "in": {"enum": ["query", "path"]}, "required": {"type": "boolean"},
                            "schema": {"type": "object"}, "description": {"type": "string", "minLength": 1}},
             "if": {"properties": {"in": {"const": "path"}}}, "then": {"properties": {"required": {"const": True}}, "required": ["required"]}}
PARAMETERS = {"type": "array", "items": PARAMETER}
SECURITY = {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}}
OPERATION = {"type": "object", "required": ["operationId", "summary", "responses"], "patternProperties": {"^x-": True},
             "additionalProperties": False, "properties": {
                 "operationId": {"type": "string", "minLength": 1}, "summary": {"type": "string", "minLength": 1},
                 "parameters": PARAMETERS, "security": SECURITY,
                 "requestBody": {"type": "object", "required": ["content"], "additionalProperties": False, "properties": {
                     "description": {"type": "string"}, "content": CONTENT, "required": {"type": "boolean"}}},
                 "responses": {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^([1-5](\\d\\d|XX)|default)$"},
                               "additionalProperties": {"anyOf": [REFERENCE, RESPONSE]}}}}
SCHEME = {"type": "object", "required": ["type"], "oneOf": [
    {"properties": {"type": {"const": "http"}, "scheme": {"type": "string"}}, "required": ["scheme"]},
    {"properties": {"type": {"const": "apiKey"}, "name": {"type": "string"}, "in": {"enum": ["query", "header", "cookie"]}},
     "required": ["name", "in"]}]}
SERVER = {"type": "object", "required": ["url"], "additionalProperties": False, "properties": {"url": {"type": "string", "format": "uri"}}}
DOCUMENT = {"type": "object", "required": ["openapi", "info", "servers", "paths", "components"], "additionalProperties": False, "properties": {
    "openapi": {"const": "3.1.0"}, "security": SECURITY, "servers": {"type": "array", "items": SERVER, "minItems": 1},
    "info": {"type": "object", "required": ["title", "version"], "additionalProperties": False,
             "properties": {name: {"type": "string", "minLength": 1} for name in ("title", "version", "description")}},
    "paths": {"type": "object", "propertyNames": {"pattern": "^/"}, "additionalProperties": {
        "type": "object", "additionalProperties": False,
        "properties": {"parameters": PARAMETERS, **{method: OPERATION for method in METHODS}}}},
    "components": {"type": "object", "additionalProperties": False, "properties": {
        "schemas": {"type": "object", "propertyNames": {"pattern": "^[A-Za-z0-9._-]+$"}}, "responses": {"additionalProperties": RESPONSE},
        "securitySchemes": {"additionalProperties": SCHEME}}}}}


def operations(doc):
    for path, item in doc["paths"].items():
        for method in METHODS & set(item):
            yield method.upper(), path, item[method]


def look_up(doc, schema):
    """The schema, or what it refers to. KeyError where that is not there."""
    while "$ref" in schema:
        schema = functools.reduce(dict.__getitem__, schema["$ref"].removeprefix("#/").split("/"), doc)
    return schema


def parts(value, place=""):
    """Every object in value with its place."""
    if isinstance(value, dict):
        yield place, value
        for name, part in value.items():
            yield from parts(part, f"{place}/{name}")
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from parts(part, f"{place}/{i}")


def mismatches(schema, value):
    """What is wrong with value, by a schema of the document."""
    whole = {**schema, "components": DOC["components"]}
    for error in Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value):
        yield f"{error.json_path}: {error.message[:300]}"


# ---- the document by itself

def valid(doc):
    for error in Draft202012Validator(DOCUMENT).iter_errors(doc):
        yield f"{error.json_path}: {error.message[:300]}"
    for name, schema in doc["components"]["schemas"].items():
        yield from (f"schema {name}: {error.message[:300]}" for error in
                    Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
        yield from open_parts(name, schema)
    for place, part in parts(doc):
        if "$ref" in part:
            try:
                look_up(doc, part)
            except KeyError:
                yield f"{place} refers to {part['$ref']}, which is not there"
    ids = [operation["operationId"] for _, _, operation in operations(doc)]
    yield from (f"operationId {name} is there {ids.count(name)} times" for name in set(ids) if ids.count(name) > 1)
    for path, item in doc["paths"].items():
        told = [p["name"] for p in item.get("parameters", [])]
        if re.findall(r"{(.*?)}", path) != told:
            yield f"{path} tells of the parameters {told}"


def open_parts(name, schema):
    """A schema with properties must allow no other; those of a …Fields are closed where they are used. Problem has its rows."""
    for place, part in parts(schema, name):
        inner = re.search(r"/(properties|oneOf|if|then)(/\d+)?$", place)
        is_closed = part.get("additionalProperties") is not None or part.get("unevaluatedProperties") is False
        if isinstance(part.get("properties"), dict) and not inner and not is_closed and not name.endswith("Fields"):
            yield f"schema {place} lets other properties pass"


def routes(doc, file):
    rows = {}
    for line in open(file):
        row = re.match(r'X\((\w+), *"(.*?)", *ROLE_(\w+), *(.*?), *(\w+), *"(.*)"\)', line)
        if row:
            method, path, role, flags, handler, what = row.groups()
            if {"ROUTE_FACE", "QDO", "RUNS", "LOOKS"} & set(flags.split()):
                continue  # only the native API is described
            rows[method, path] = (handler, what, role.lower())
        elif line.startswith("X("):
            yield f"this row was not understood: {line.strip()}"
    told = {(method, path): operation for method, path, operation in operations(doc)}
    yield from (f"{' '.join(key)} is in route.def and not described" for key in rows.keys() - told.keys())
    yield from (f"{' '.join(key)} is described and not in route.def" for key in told.keys() - rows.keys())
    for key in rows.keys() & told.keys():
        operation, name = told[key], " ".join(key)
        if (operation["operationId"], operation["summary"], operation["x-role"]) != rows[key]:
            yield f"{name} is described as another than {rows[key]}"
        if (operation.get("security") == []) != (rows[key][2] == "none"):
            yield f"{name} is wrong about who may ask"
        if not any(status[0] in "23" for status in operation["responses"]):
            yield f"{name} does not say what it answers: {rows[key][0]} needs a row in openapi.def"
    if not rows:
        yield "route.def holds nothing"


# ---- the document and a server

def find(doc, method, path):
    path = urllib.parse.urlsplit(path).path
    for wanted, template, operation in operations(doc):
        if wanted == method and re.fullmatch(re.sub(r"{.*?}", "[^/]+", template), path):
            return operation
    return None


def answer(doc, method, path, status, media, body):
    operation = find(doc, method, path)
    place = f"{method} {path} -> {status}"
    if not operation:
        yield f"{place}: not described"
        return
    response = operation["responses"].get(status) or operation["responses"].get(status[0] + "XX" if status >= "400" else "")
    if not response:
        yield f"{place}: this status is not described"
        return
    content = look_up(doc, response).get("content", {})
    media = media.split(";")[0].strip()
    if media not in content:
        yield f"{place}: {media} is not described, but {list(content)}"
    elif media.endswith("json"):
        yield from (f"{place}: {words}" for words in mismatches(content[media]["schema"], json.loads(body)))


class Asker:
    def __init__(self, url, token, *values):
        self.url, self.token = url, token
        self.values = dict(value.split("=", 1) for value in values)

    def fill(self, path, operation={}):
        """The path with values; one named OPERATION.NAME is for that operation alone."""
        own = {name: self.values.get(f"{operation.get('operationId')}.{name}", value) for name, value in self.values.items()}
        missing = [name for name in re.findall(r"{(.*?)}", path) if name not in self.values]
        if missing:
            return None, f"{path}: no value for {missing}; 0230-openapi.t has to name one"
        return re.sub(r"{(.*?)}", lambda m: urllib.parse.quote(own[m[1]], safe=""), path), None

    def required(self, operation):
        return {p["name"]: self.values.get(p["name"], "") for p in operation.get("parameters", []) if p.get("required")}

    def ask(self, method, path, query=None, body=None, media=JSON, before=""):
        url = self.url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        data = None if body is None else (urllib.parse.urlencode(body) if media == FORM else before + json.dumps(body)).encode()
        request = urllib.request.Request(url, data, {"Authorization": "Bearer " + self.token, "Content-Type": media}, method=method)
        try:
            reply = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            reply = error
        text = b"" if reply.headers.get("Content-Type", "").startswith("text/event-stream") else reply.read()
        print(method, url.removeprefix(self.url), data and data[:100], "->", reply.status, text[:100], file=sys.stderr)
        return str(reply.status), reply.headers.get("Content-Type", ""), text


def problem(media, text):
    """What was wrong; a page says it in words."""
    if "json" in media:
        return json.loads(text)
    code = "unknown_field" if b"there is no such field" in text else "bad_field" if b"its value is not allowed" in text else None
    return {"code": code, "detail": text.decode()}


def reads(doc, *who):
    asker = Asker(*who)
    for method, template, operation in operations(doc):
        if method != "GET":
            continue
        path, complaint = asker.fill(template, operation)
        if complaint:
            yield complaint
            continue
        status, media, body = asker.ask(method, path, asker.required(operation))
        yield from answer(doc, method, path, status, media, body)
        if not status.startswith("2"):
            yield f"GET {path} -> {status}: 0230-openapi.t has to ask for one that is there"


WRONG = {"string": [], "integer": "x", "number": "x", "boolean": "x", "array": "x", "object": "x"}


def sample(schema):
    """The least that a schema takes."""
    schema = look_up(DOC, schema)
    kind = schema.get("type", "null")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: sample(schema["properties"][name]) for name in schema.get("required", [])}
    if kind == "array":
        return [sample(schema.get("items", {}))] * schema.get("minItems", 0)
    return {"string": "2030-01-01T00:00:00Z", "integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": True}.get(kind)


def wrongs(schema, name="", wrap=lambda value: value):
    """Bodies with one bad field each: (its name, the body). Into arrays of objects too."""
    schema = look_up(DOC, schema)
    for alternative in schema.get("oneOf", []):
        yield from wrongs(alternative, name, wrap)
    for field, inner in schema.get("properties", {}).items():
        def put(value, field=field):
            return wrap({**sample(schema), field: value})
        kind = inner.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind:
            yield field, put(WRONG[kind])
        if kind == "array" and look_up(DOC, inner.get("items", {})).get("properties"):
            yield from wrongs(inner["items"], field, lambda value, put=put: put([value]))
    if "properties" in schema:
        yield "no_such_field", wrap({**sample(schema), "no_such_field": 1})


DATASET_LINE = '{"dataset":{}}\n'  # what stands before all other lines of an import


def bodies(doc, *who):
    asker = Asker(*who)
    for method, template, operation in operations(doc):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            path, complaint = asker.fill(template, operation)
            if complaint:
                yield complaint
                continue
            for field, body in wrongs(content.get("x-line", content.get("schema", {}))):
                if media == FORM and field != "no_such_field":
                    continue  # all of a form is text
                before = DATASET_LINE if operation["operationId"] == "api_table_import" and "dataset" not in body else ""
                status, answered, text = asker.ask(method, path, asker.required(operation), body, media, before)
                reply = problem(answered, text)
                unknown = reply.get("code") == "unknown_field" or "there is no field" in reply.get("detail", "")
                if not (status == "400" and re.search(rf"\b{field}\b", reply["detail"]) and unknown == (field == "no_such_field")):
                    yield f"{method} {template} does not refuse {json.dumps(body)[:200]} for its {field}: {status} {text[:200]}"


def queries(doc, *who):
    asker = Asker(*who)
    for method, template, operation in operations(doc):
        known = {p["name"]: look_up(doc, p["schema"]) for p in operation.get("parameters", [])}
        path, complaint = asker.fill(template, operation)
        if complaint or not known:
            yield from [complaint] if complaint else []
            continue
        tries = [("no_such_parameter", "1", "unknown_field")]
        for name, schema in known.items():
            tries += [(name, schema["minimum"] - 1, "bad_field")] if "minimum" in schema else []
            tries += [(name, schema["maximum"] + 1, "bad_field")] if "maximum" in schema else []
            tries += [(name, "x" * (schema["maxLength"] + 1), "bad_field")] if "maxLength" in schema else []
            tries += [(name, "no_such_word", "bad_field")] if "enum" in schema else []
            if method == "GET" and name != "wait":  # what is taken must leave all as it is, and at once
                tries += [(name, schema["maximum"], None)] if "maximum" in schema else []
                tries += [(name, word, None) for word in schema.get("enum", [])]
        for name, value, code in tries:
            status, media, text = asker.ask(method, path, {**asker.required(operation), name: value})
            if (problem(media, text).get("code") if status >= "400" else None) != code:
                yield f"{method} {template}?{name}={str(value)[:40]}: {status} {text[:200]}, not {code or 'taken'}"


DOC = json.load(open(sys.argv[2]))
arguments = sys.argv[3:]
if sys.argv[1] == "answer":
    arguments[-1] = open(arguments[-1]).read()
for complaint in {"valid": valid, "routes": routes, "answer": answer, "reads": reads, "bodies": bodies,
                  "queries": queries}[sys.argv[1]](DOC, *arguments):
    print(complaint)
