import { describeTransport } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { serving } from './serve.js'

describeTransport({ name: '@linkspan/koa', factory: serving, describe, it })
