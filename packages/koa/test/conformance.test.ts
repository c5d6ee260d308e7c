import { createServer } from 'node:http'
import { attach, upgrade } from '@linkspan/koa'
import { describeTransport } from '@linkspan/testing'
import Koa from 'koa'
import { describe, it } from 'vitest'
import { listening } from './serve.js'

describeTransport({
  name: '@linkspan/koa',
  describe,
  it,
  factory: (app) => {
    const koa = new Koa().use(upgrade(app))
    const server = createServer(koa.callback())
    attach(server, koa)
    return listening(server)
  },
})
