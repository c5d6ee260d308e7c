// The page, in a real browser. The server's clock stands still until the test moves it: a lease ends when it says so.

import { existsSync } from 'node:fs'
import { VirtualClock } from '@linkspan/testing'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Accounts } from '../src/accounts.js'
import { serve } from '../src/serve.js'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const ARGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const noBrowser = existsSync(CHROMIUM)
  ? undefined
  : `the secure chat was not driven: there is no ${CHROMIUM} (Debian: apt-get install chromium; elsewhere: CHROMIUM=/path)`

const PASSWORD = 'a password of tests'
/** Milliseconds for anything to show. */
const PATIENCE = 20_000

let browser: Browser
let clock: VirtualClock
let accounts: Accounts
let server: Awaited<ReturnType<typeof serve>>
let pages: Page[] = []

beforeAll(async () => {
  if (noBrowser === undefined)
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS.split(' ') })
}, 30_000)

beforeEach(async () => {
  clock = new VirtualClock()
  accounts = new Accounts()
  await accounts.add('ada', PASSWORD, ['member', 'moderator'])
  await accounts.add('grace', PASSWORD, ['member'])
  server = await serve(accounts, new Uint8Array(32).fill(7), { clock, heartbeat: false })
})

afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()))
  pages = []
  for (const conn of server.app.connections) conn.terminate()
  await server.stop()
})

afterAll(async () => {
  await browser?.close()
})

async function open(): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(PATIENCE)
  pages.push(page)
  await page.goto(server.url)
  return page
}

async function login(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

async function comeIn(name: string): Promise<Page> {
  const page = await open()
  await login(page, name)
  await isState(page, `Connected as ${name}`)
  return page
}

async function isState(page: Page, state: string): Promise<void> {
  await page
    .getByRole('status')
    .filter({ hasText: new RegExp(`^${state}$`) })
    .waitFor()
}

async function shows(page: Page, role: 'log' | 'alert', text: string): Promise<void> {
  await page.getByRole(role).filter({ hasText: text }).waitFor()
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.keyboard.press('Enter')
}

describe('the page of the secure chat', () => {
  beforeEach(({ skip }) => {
    if (noBrowser !== undefined) console.warn(noBrowser)
    skip(noBrowser !== undefined, noBrowser)
  })

  test('logs in, talks, keeps its log-in when it is loaded again, and logs out everywhere', {
    timeout: 60_000,
  }, async () => {
    const ada = await open()
    await login(ada, 'ada', 'guess')
    await shows(ada, 'alert', 'Wrong name or password.')
    await login(ada, 'ada')
    await isState(ada, 'Connected as ada')
    const grace = await comeIn('grace')

    await say(ada, 'Hello <b>there</b>')
    await shows(grace, 'log', 'ada: Hello <b>there</b>')
    expect(await grace.locator('#log b').count()).toBe(0)

    // What a script can reach: no cookie, and no token in an address.
    expect(await ada.evaluate('document.cookie')).toBe('')
    expect(ada.url()).toBe(`${server.url}/`)

    await ada.reload()
    await isState(ada, 'Connected as ada')
    const second = await ada.context().newPage()
    second.setDefaultTimeout(PATIENCE)
    await second.goto(server.url)
    await isState(second, 'Connected as ada')

    // One window logs out: the other one is closed as well, and nobody else.
    await second.getByRole('button', { name: 'Log out' }).click()
    for (const page of [ada, second]) {
      await shows(page, 'alert', 'You were logged out.')
      await isState(page, 'Not connected')
      await page.getByRole('form', { name: 'Log in' }).waitFor()
    }
    await isState(grace, 'Connected as grace')
    await ada.reload()
    await isState(ada, 'Not connected')
    await login(ada, 'ada')
    await isState(ada, 'Connected as ada')
  })

  test('a room that is not for somebody does not open', { timeout: 60_000 }, async () => {
    const [ada, grace] = [await comeIn('ada'), await comeIn('grace')]
    await grace.getByRole('button', { name: '#staff' }).click()
    await shows(grace, 'alert', '#staff is not for you.')
    await grace.getByRole('button', { name: '#announcements' }).click()
    await grace.getByRole('button', { name: '#announcements', pressed: true }).waitFor()
    await say(grace, 'Free beer')
    await shows(grace, 'alert', 'You may not write in #announcements.')

    await ada.getByRole('button', { name: '#announcements' }).click()
    await ada.getByRole('button', { name: '#announcements', pressed: true }).waitFor()
    await say(ada, 'Release at noon')
    await shows(grace, 'log', 'ada: Release at noon')
    expect(await grace.getByText('Free beer').count()).toBe(0)
  })

  test('its token is renewed in place, for as long as it is open', { timeout: 60_000 }, async () => {
    const ada = await comeIn('ada')
    const [conn] = [...server.app.connections]
    // Three lives of a token, on one connection.
    for (let renewal = 0; renewal < 3; renewal += 1) {
      await clock.advance(60_000)
      const until = new Date(clock.now() + 120_000).toISOString()
      await ada.getByText(`Renewed; good until ${until}`).waitFor()
    }
    expect([...server.app.connections]).toEqual([conn])
    await say(ada, 'Still here')
    await shows(ada, 'log', 'ada: Still here')
  })

  test('a token that was not renewed in time ends the connection, and the page comes back with a fresh one', {
    timeout: 60_000,
  }, async () => {
    const ada = await comeIn('ada')
    const [before] = [...server.app.connections]
    // Two minutes at once: there is no time to renew.
    await ada.route('**/token', (route) => route.abort(), { times: 1 })
    const closed = before?.closed
    await clock.advance(120_000)
    expect(await closed).toMatchObject({ code: 4200 })
    await expect
      .poll(() => [...server.app.connections].map(({ state }) => state), { timeout: PATIENCE })
      .toEqual(['active'])
    const [after] = [...server.app.connections]
    expect(after?.id).not.toBe(before?.id)
    await isState(ada, 'Connected as ada')
  })

  test('a session that has ended asks to log in again', { timeout: 60_000 }, async () => {
    const ada = await comeIn('ada')
    await ada.context().clearCookies()
    await clock.advance(120_000)
    await shows(ada, 'alert', 'Please log in.')
    await isState(ada, 'Not connected')
  })
})
