import { linkspan } from '@linkspan/core'
import { expect, it } from 'vitest'
import { memoryHost, Recorder, VirtualClock } from '../src/index.js'

it('writes down what an application tells, in order, and waits for what comes', async () => {
  const app = linkspan({ clock: new VirtualClock() })
  const record = new Recorder(app)
  const host = await memoryHost(app)
  const opened = record.next('open')
  const answer = await host.connect().answer
  const { id } = await opened
  if (answer.upgraded) answer.peer.close(1000, 'done')
  const { info } = await record.next('close')
  expect(info).toMatchObject({ code: 1000, reason: 'done', by: 'peer' })
  expect(record.all.every((entry) => entry.id === id)).toBe(true)
  expect(record.all.map(({ event }) => event)).toEqual([
    'transition',
    'transition',
    'open',
    'transition',
    'transition',
    'close',
  ])
  expect(record.of('transition').map(({ to }) => to)).toEqual([
    'authenticated',
    'active',
    'closing',
    'closed',
  ])
  await host.close()
})

it('hands out each event once', async () => {
  const app = linkspan({ clock: new VirtualClock() })
  const record = new Recorder(app)
  const host = await memoryHost(app)
  const both = [record.next('open'), record.next('open')]
  await Promise.all([host.connect().answer, host.connect().answer])
  const [one, other] = await Promise.all(both)
  expect(one?.id).not.toBe(other?.id)
  await host.close()
})
