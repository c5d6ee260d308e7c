// What stands around the log: the state of the connection, the rooms, the people. Given everything it shows.

import { avatar, element } from './log.js'

export const $ = (id) => document.getElementById(id)

const LABELS = {
  connecting: 'Connecting',
  connected: 'Connected',
  waiting: 'Reconnecting',
  stopped: 'Not connected',
}
let countdown

/** The state in the corner; what is wrong, and until when, in the banner. */
export function showConnection(state) {
  document.body.dataset.state = state.name
  $('connection').textContent = LABELS[state.name]
  $('send').ariaDisabled = String(state.name !== 'connected')
  clearInterval(countdown)
  if (state.name === 'waiting') {
    const tick = () => {
      const seconds = Math.ceil((state.until - Date.now()) / 1_000)
      $('countdown').textContent = seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again…'
    }
    tick()
    countdown = setInterval(tick, 250)
  } else {
    $('countdown').textContent = state.name === 'connecting' ? 'Trying again…' : ''
  }
  // A further attempt leaves the banner where it is, so that nothing jumps.
  if (state.name === 'connecting') return
  $('banner').hidden = state.name === 'connected'
  $('trouble').textContent = state.name === 'connected' ? '' : explain(state)
  $('retry').textContent = state.name === 'stopped' ? 'Try again' : 'Connect now'
}

function explain({ name, code, reason }) {
  if (name === 'stopped') {
    return reason ? `Refused: ${reason}.` : `The server ended the connection (${code}).`
  }
  if (code === 1012) return 'The server is restarting.'
  if (code === 1013 || (code >= 4100 && code <= 4199)) return sentence(reason || 'the server is busy')
  return navigator.onLine ? 'The connection was lost.' : 'This device is offline.'
}

export function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

export function showRooms(rooms, current) {
  $('room').textContent = current
  $('log').ariaLabel = `Messages in #${current}`
  $('text').placeholder = `Message #${current}`
  $('rooms').replaceChildren(
    ...[...rooms].map((room) => {
      const link = element('a', '', room)
      link.href = `#${encodeURIComponent(room)}`
      if (room === current) link.ariaCurrent = 'page'
      const item = element('li')
      item.append(link)
      return item
    }),
  )
}

export function showPeople(people, me) {
  const sorted = [...people].sort((one, other) => one.localeCompare(other))
  $('count').textContent = sorted.length || ''
  $('here').textContent = sorted.length > 0 ? `${sorted.length} here` : ''
  $('people').replaceChildren(
    ...sorted.map((person) => {
      const item = element('li')
      item.append(avatar(person), element('bdi', '', person))
      if (person === me) item.append(element('span', 'soft', 'you'))
      return item
    }),
  )
}

export function showMe(name) {
  $('me').hidden = false
  const mine = avatar(name)
  mine.id = 'my-avatar'
  $('my-avatar').replaceWith(mine)
  $('my-name').textContent = name
}

export function showTyping([first, second, third]) {
  if (first === undefined) $('typing').textContent = ''
  else if (second === undefined) $('typing').textContent = `${first} is typing…`
  else if (third === undefined) $('typing').textContent = `${first} and ${second} are typing…`
  else $('typing').textContent = 'Several people are typing…'
}

/** On a phone the side is out of sight until asked for. */
export function showSide(open) {
  document.body.classList.toggle('side-open', open)
  $('menu').ariaExpanded = String(open)
}
