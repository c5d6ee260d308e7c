import assert from 'node:assert/strict'
import * as core from '@linkspan/core'

assert.equal(typeof core.linkspan, 'function')
