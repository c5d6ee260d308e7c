// The page, in a real browser, on each of the five servers: each a process of its own, as `pnpm demo` runs it.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort, killAll, type Server, start } from './server.js'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const ARGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'

/** Milliseconds for anything to show: a page that lost its server may sit out a wait of some seconds. */
const PATIENCE = 20_000

const nothingMissing = undefined as string | undefined
const noBrowser = existsSync(CHROMIUM)
  ? nothingMissing
  : `the chat page was not driven: there is no ${CHROMIUM} (Debian: apt-get install chromium; elsewhere: CHROMIUM=/path)`

/** uWebSockets.js is a binary, which not every system can load. */
function noTransport(transport: string): string | undefined {
  if (transport !== 'uws') return nothingMissing
  try {
    createRequire(import.meta.url)('uWebSockets.js')
    return nothingMissing
  } catch (error) {
    return `the chat did not run on uWebSockets.js, which cannot be loaded here: ${String(error)}`
  }
}

let browser: Browser
let pages: Page[] = []

beforeAll(async () => {
  if (noBrowser === undefined)
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS.split(' ') })
}, 30_000)

afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()))
  pages = []
  killAll()
})

afterAll(async () => {
  await browser?.close()
})

/** A window of somebody who was never here: nothing is shared with another one. */
async function openWindow(server: Server, room = ''): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  pages.push(page)
  await page.goto(`${server.url}/${room}`)
  return page
}

async function comeIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Come in' }).click()
}

async function enter(server: Server, name: string, room = ''): Promise<Page> {
  const page = await openWindow(server, room)
  await comeIn(page, name)
  await isState(page, 'Connected')
  return page
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.keyboard.press('Enter')
}

/** Waits until that part of the page shows that text. */
async function shows(page: Page, role: 'log' | 'alert', text: string): Promise<void> {
  await page.getByRole(role).filter({ hasText: text }).waitFor()
}

/** Waits until the page is in that state, and says so. */
async function isState(page: Page, state: string): Promise<void> {
  await page
    .getByRole('status')
    .filter({ hasText: new RegExp(`^${state}$`) })
    .waitFor()
}

/** Waits until these are the people whom the page shows as here. */
async function areHere(page: Page, names: readonly string[]): Promise<void> {
  const people = page.getByRole('region', { name: 'Here now' }).getByRole('listitem').locator('bdi')
  await expect.poll(() => people.allTextContents(), { timeout: PATIENCE }).toEqual(names)
}

describe.each(['ws', 'express', 'fastify', 'koa', 'uws'])('the chat page on %s', (transport) => {
  beforeEach(({ skip }) => {
    const missing = noBrowser ?? noTransport(transport)
    if (missing !== undefined) console.warn(missing)
    skip(missing !== undefined, missing)
  })

  test('two people meet, talk, see each other type, and part', { timeout: 60_000 }, async () => {
    const server = await start(transport)
    const ada = await enter(server, 'Ada')
    const grace = await openWindow(server)

    // A name that the server refuses: it says why, and asks again.
    await comeIn(grace, 'x'.repeat(25))
    await shows(grace, 'alert', 'A name is 1 to 24 letters')
    await areHere(ada, ['Ada'])
    await comeIn(grace, 'Grace')
    await isState(grace, 'Connected')

    // Who is here.
    await shows(ada, 'log', 'Grace came in')
    await areHere(ada, ['Ada', 'Grace'])
    await areHere(grace, ['Ada', 'Grace'])

    // Both ways, and typing.
    await ada.getByLabel('Message', { exact: true }).pressSequentially('Hello')
    await grace.getByText('Ada is typing…').waitFor()
    await ada.keyboard.press('Enter')
    await shows(grace, 'log', 'Hello')
    await grace.getByText('Ada is typing…').waitFor({ state: 'hidden' })
    await say(grace, 'Hello to you')
    await shows(ada, 'log', 'Hello to you')

    // What is not looked at is counted.
    await ada.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await say(grace, 'Are you there?')
    await shows(ada, 'log', 'Are you there?')
    expect(await ada.title()).toBe('(1) #lobby · Linkspan chat')

    // What looks like markup is text.
    const markup = '<img src=x onerror="document.title = 1"><script>document.title = 2</script>'
    await say(grace, markup)
    await ada.getByRole('log').getByText(markup).waitFor()
    expect(await ada.locator('#log img, #log script').count()).toBe(0)
    expect(await ada.title()).toBe('(2) #lobby · Linkspan chat')

    // Another room, without loading the page again: there one is alone, and comes back to what was said here.
    await grace.getByRole('link', { name: 'harbour' }).click()
    await shows(ada, 'log', 'Grace left')
    await shows(grace, 'log', 'Nobody else is here yet')
    await areHere(grace, ['Grace'])
    await say(ada, 'Only for the lobby')
    await grace.goBack()
    await shows(ada, 'log', 'Grace came in')
    await shows(grace, 'log', 'Hello to you')
    expect(await grace.getByText('Only for the lobby').count()).toBe(0)

    // The name is remembered: a page loaded again is in the room at once.
    await grace.reload()
    await isState(grace, 'Connected')
    await areHere(grace, ['Ada', 'Grace'])

    await grace.context().close()
    await areHere(ada, ['Ada'])
    expect(await server.end('SIGTERM')).toBe(0)
  })

  test('the server restarts, and later dies: the page says so, and comes back', {
    timeout: 90_000,
  }, async () => {
    const port = await freePort()
    const first = await start(transport, port)
    const ada = await enter(first, 'Ada')
    const grace = await enter(first, 'Grace')

    // A restart that is announced.
    expect(await first.end('SIGTERM')).toBe(0)
    await shows(ada, 'log', 'The server restarts')
    await isState(ada, 'Reconnecting')
    const second = await start(transport, port)
    await shows(ada, 'log', 'You are back')
    await isState(ada, 'Connected')
    await areHere(ada, ['Ada', 'Grace'])

    // The process stands still: what is said now reaches nobody; then it dies.
    second.signal('SIGSTOP')
    await say(ada, 'Did this arrive?')
    await second.end('SIGKILL')
    await shows(ada, 'alert', 'The connection was lost')
    await shows(ada, 'log', 'The connection broke before this was confirmed')
    await ada.getByText(/Trying again/).waitFor()
    await areHere(ada, [])

    // What was not sent stays where it was written.
    await say(ada, 'Kept for later')
    expect(await ada.getByLabel('Message', { exact: true }).inputValue()).toBe('Kept for later')

    await start(transport, port)
    await isState(ada, 'Connected')
    await areHere(ada, ['Ada', 'Grace'])
    expect(await ada.getByLabel('Message', { exact: true }).inputValue()).toBe('Kept for later')
    await ada.getByLabel('Message', { exact: true }).press('Enter')
    await shows(grace, 'log', 'Kept for later')

    // Nothing was sent again by itself; its author may.
    expect(await grace.getByText('Did this arrive?').count()).toBe(0)
    await ada.getByRole('button', { name: 'Send again' }).click()
    await shows(grace, 'log', 'Did this arrive?')
    expect(await grace.getByText('Did this arrive?').count()).toBe(1)
    expect(await ada.getByText('Did this arrive?').count()).toBe(1)
  })

  test('a room that is refused is told, and another one opens', { timeout: 60_000 }, async () => {
    const server = await start(transport)
    const ada = await openWindow(server, '#not a room')
    await comeIn(ada, 'Ada')
    await shows(ada, 'alert', 'Refused: a room is 1 to 32 letters, digits or dashes.')
    await isState(ada, 'Not connected')

    await ada.getByLabel('Another room').fill('Küche')
    await ada.keyboard.press('Enter')
    await isState(ada, 'Connected')
    await ada.getByRole('heading', { name: 'küche' }).waitFor()
    expect(server.output()).toContain('Ada came into #küche')
  })
})
