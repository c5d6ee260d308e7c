import { attach, upgrade } from '@linkspan/koa'
import { describeTransport } from '@linkspan/testing'
import Koa from 'koa'
import { describe, it } from 'vitest'
import { listening, serverOf } from './serve.js'

describeTransport({
  name: '@linkspan/koa',
  describe,
  it,
  factory: (app) => {
    const koa = new Koa().use(upgrade(app))
    const server = serverOf(koa)
    attach(server, koa)
    return listening(server)
  },
})
