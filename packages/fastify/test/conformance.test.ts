import { describeTransport } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { serving } from './serve.js'

describeTransport({ name: '@linkspan/fastify', factory: serving, describe, it })
