import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Mailbox } from '../src/mailbox.js'
import { until, within } from '../src/until.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

it('hands items to those who wait, and keeps the others, in order', async () => {
  const mailbox = new Mailbox<number>()
  const waiting = [mailbox.next(), mailbox.next()]
  for (const item of [1, 2, 3, 4]) mailbox.put(item)
  expect(mailbox.size).toBe(2)
  expect(await Promise.all([...waiting, mailbox.next(), mailbox.next()])).toEqual([1, 2, 3, 4])
})

it('can be emptied after its end, and then rejects', async () => {
  const mailbox = new Mailbox<number>()
  mailbox.put(1)
  mailbox.end(new Error('over'))
  mailbox.end(new Error('over again'))
  mailbox.put(2)
  expect(await mailbox.next()).toBe(1)
  await expect(mailbox.next()).rejects.toThrow(/^over$/)
})

it('rejects those who wait when it ends', async () => {
  const mailbox = new Mailbox<number>()
  const waiting = mailbox.next()
  mailbox.end(new Error('over'))
  await expect(waiting).rejects.toThrow('over')
})

it('does not let a test wait for longer than 5 s, and loses nothing by it', async () => {
  const mailbox = new Mailbox<number>()
  const late = mailbox.next()
  const expectation = expect(late).rejects.toThrow('no message came within 5000 ms')
  await vi.advanceTimersByTimeAsync(5_000)
  await expectation
  mailbox.put(1)
  expect(await mailbox.next()).toBe(1)
})

it('waits until something holds', async () => {
  let turns = 0
  await until(() => {
    turns += 1
    return turns === 10
  }, 'ten turns')
  expect(turns).toBe(10)
  const never = until(() => false, 'a miracle')
  const expectation = expect(never).rejects.toThrow('after 5000 ms it was not so: a miracle')
  while (vi.getTimerCount() === 0) await new Promise(setImmediate)
  await vi.advanceTimersByTimeAsync(5_010)
  await expectation
})

it('waits for a promise, but not for ever', async () => {
  expect(await within(Promise.resolve(1), 'one')).toBe(1)
  await expect(within(Promise.reject(new Error('its own')), 'one')).rejects.toThrow('its own')
  const never = within(new Promise(() => {}), 'an answer')
  const expectation = expect(never).rejects.toThrow('after 5000 ms it was not so: an answer')
  await vi.advanceTimersByTimeAsync(5_000)
  await expectation
})
