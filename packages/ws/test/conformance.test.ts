import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { describeTransport } from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { describe, it } from 'vitest'
import { listening, selfSigned } from './serve.js'

describeTransport({
  name: '@linkspan/ws on node:http',
  describe,
  it,
  factory: (app) => listening(createServer().on('upgrade', upgrade(app))),
})

describeTransport({
  name: '@linkspan/ws on node:https',
  describe,
  it,
  factory: (app) => listening(createSecureServer(certificate).on('upgrade', upgrade(app))),
})

const certificate = selfSigned()
