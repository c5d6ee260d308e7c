import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { describeTransport } from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { describe, it } from 'vitest'
import { listening, selfSigned, socketPath } from './serve.js'

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

describeTransport({
  name: '@linkspan/ws on a Unix socket',
  describe,
  it,
  factory: (app) => listening(createServer().on('upgrade', upgrade(app)), socketPath()),
})

const certificate = selfSigned()
