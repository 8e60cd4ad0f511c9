#!/usr/bin/env node
const { load } = require('./load.js');
load().then(async ({ main }) => (process.exitCode = await main(process.argv.slice(2))));
