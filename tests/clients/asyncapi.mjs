// Prints what AsyncAPI's own parser finds wrong with the document named on the command line, an array of diagnostics.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const { diagnostics } = await new Parser().parse(await readFile(process.argv[2], "utf8"));
console.log(JSON.stringify(diagnostics));
