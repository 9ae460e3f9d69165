// manifest.js MODULES FILE...: what Kubernetes' own schema, by which the package
// kubernetes-models checks objects, says of each Job, as a JSON array. A field
// that the schema does not have would be ignored: the check never looks at it,
// so here it is named.
"use strict";

const fs = require("fs");
const path = require("path");

const [modules, ...files] = process.argv.slice(2);
const models = path.join(modules, "kubernetes-models");
const { Job } = require(path.join(models, "batch", "v1", "Job"));
const { validate } =
    require(path.join(models, "_schemas", "IoK8sApiBatchV1Job"));
const yaml = require(path.join(modules, "yaml"));

function watched(value, where, unread) {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value))
        return value.map((one, i) => watched(one, `${where}[${i}]`, unread));
    const inner = {};
    for (const key of Object.keys(value)) {
        inner[key] = watched(value[key], `${where}.${key}`, unread);
        unread.add(`${where}.${key}`);
    }
    const read = (object, key) => {
        unread.delete(`${where}.${String(key)}`);
        return object[key];
    };
    return new Proxy(inner, { get: read });
}

function findings(file) {
    const unread = new Set();
    const job = watched(yaml.parse(fs.readFileSync(file, "utf-8")), "", unread);
    const good = Job.is(job) && validate(job);
    return [...(good ? [] : (validate.errors ?? ["not a Job of batch/v1"])
        .map((error) => JSON.stringify(error))),
    ...[...unread].map((field) => `${field} is no field of the schema`)];
}

process.stdout.write(JSON.stringify(files.map(findings)) + "\n");
