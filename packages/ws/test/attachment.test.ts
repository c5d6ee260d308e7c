import { createServer } from 'node:http'
import { inspect } from 'node:util'
import { linkspan } from '@linkspan/core'
import { attach } from '@linkspan/ws'
import { attachHost } from '@linkspan/ws/host'
import { expect, it } from 'vitest'

it('the last one that is detached takes the listener off, and only ours', () => {
  const server = createServer()
  const foreign = (): void => {}
  server.on('upgrade', foreign)
  const attachments = [
    attach(server, linkspan(), { path: '/chat' }),
    attach(server, linkspan(), { path: '/feed' }),
    attachHost(server, () => {}),
  ]
  expect(server.listenerCount('upgrade')).toBe(2)
  for (const attachment of attachments) {
    expect(server.listenerCount('upgrade')).toBe(2)
    attachment.detach()
    attachment.detach()
  }
  expect(server.listeners('upgrade')).toEqual([foreign])
  attach(server, linkspan())
  expect(server.listenerCount('upgrade')).toBe(2)
})

it('nothing of it shows in an application', () => {
  const app = linkspan()
  const before = [inspect(app), Object.keys(app)]
  attach(createServer(), app)
  expect([inspect(app), Object.keys(app)]).toEqual(before)
})
