const assert = require('node:assert/strict')
const core = require('@linkspan/core')

assert.equal(typeof core.linkspan, 'function')
