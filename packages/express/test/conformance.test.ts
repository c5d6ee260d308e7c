import { createServer } from 'node:http'
import { attach, upgrade } from '@linkspan/express'
import { describeTransport } from '@linkspan/testing'
import express from 'express'
import { describe, it } from 'vitest'
import { listening } from './serve.js'

describeTransport({
  name: '@linkspan/express',
  describe,
  it,
  factory: (app) => {
    const web = express()
    web.get('/{*path}', upgrade(app))
    const server = createServer(web)
    attach(server, web)
    return listening(server)
  },
})
