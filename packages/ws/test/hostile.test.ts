import { createServer } from 'node:http'
import { upgradeRequired } from '@linkspan/core'
import { describeHostile } from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { describe, it } from 'vitest'
import { places } from './places.js'
import { listening } from './serve.js'

describeHostile({
  name: '@linkspan/ws',
  places,
  describe,
  it,
  factory: (app) => {
    // What asks for no upgrade is the server's own to answer.
    const server = createServer((_req, res) => {
      const { status, headers, body } = upgradeRequired()
      res.writeHead(status, headers).end(body)
    })
    return listening(server.on('upgrade', upgrade(app)))
  },
})
