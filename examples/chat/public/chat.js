import { Connection } from './connection.js'
import { Log } from './log.js'
import { $, sentence, showConnection, showMe, showPeople, showRooms, showSide, showTyping } from './view.js'

/** How long "is typing" stays without news, and how often we say it: milliseconds. */
const TYPING_STAYS = 4_000
const TYPING_EVERY = 2_000
/** The close code of a name that the server does not take (4010, authentication failed). */
const NAME_REFUSED = 4010

const rooms = new Set(['lobby', 'harbour', 'engine-room'])
const logs = new Map()
const people = new Set()
const typing = new Map()

let room = ''
let name = recall(sessionStorage, 'name')
let log = new Log()
let connection
let lostAt = 0
let saidTypingAt = 0
let unread = 0
let atEnd = true

/** A tab keeps its name and drafts; the browser remembers the name for the next one. */
function recall(storage, key) {
  return storage.getItem(key) ?? ''
}

// the connection ──────────────────────────────────────────────────────────────────────────────────────────────────────

function enter() {
  leave()
  const url = new URL(`chat/${encodeURIComponent(room)}`, location.origin.replace(/^http/, 'ws'))
  connection = new Connection({ url, hello: { type: 'hello', name }, onState: changed, onMessage: hear })
}

function leave() {
  connection?.close()
  connection = undefined
  lostAt = 0
  forget()
}

function changed(state) {
  showConnection(state)
  if (state.name !== 'waiting' && state.name !== 'stopped') return
  lostAt ||= Date.now()
  forget()
  if (state.code !== NAME_REFUSED) return
  $('banner').hidden = true
  askName(sentence(state.reason))
}

/** Who is here is known only while we are; and what became of a message that was on its way, nobody knows. */
function forget() {
  people.clear()
  typing.clear()
  showPeople(people, name)
  showTyping([])
  log.interrupted(say)
}

// what the server says ────────────────────────────────────────────────────────────────────────────────────────────────

const HEARD = {
  welcome(message) {
    name = message.name
    sessionStorage.setItem('name', name)
    localStorage.setItem('name', name)
    showMe(name)
    for (const person of message.people) people.add(person)
    showPeople(people, name)
    if (lostAt)
      log.note(
        `You are back. What was said in the ${span(Date.now() - lostAt)} without you is not shown.`,
        'gap',
      )
    else if (people.size > 1) log.note('You came in')
    else
      log.note('Nobody else is here yet. Open this page in a second window, and come in under another name.')
    lostAt = 0
  },
  joined(message) {
    if (people.has(message.name)) return
    people.add(message.name)
    showPeople(people, name)
    log.note(`${message.name} came in`)
  },
  left(message) {
    if (!people.delete(message.name)) return
    showPeople(people, name)
    stoppedTyping(message.name)
    log.note(`${message.name} left`)
  },
  said(message) {
    stoppedTyping(message.name)
    if (log.sent(message.id)) return
    log.said(message, message.name === name)
    $('newest').hidden = atEnd
    if (document.hidden) showUnread(unread + 1)
  },
  refused({ id, reason }) {
    const text = log.refused(id, reason)
    if (text !== undefined && $('text').value === '') write(text)
  },
  typing(message) {
    if (message.name === name) return
    clearTimeout(typing.get(message.name))
    typing.set(message.name, setTimeout(stoppedTyping, TYPING_STAYS, message.name))
    showTyping(typing.keys())
  },
  notice({ text }) {
    log.note(text, 'notice')
  },
}

function hear(message) {
  HEARD[message.type]?.(message)
  if (atEnd) toEnd()
}

function stoppedTyping(who) {
  clearTimeout(typing.get(who))
  typing.delete(who)
  showTyping(typing.keys())
}

function span(time) {
  return time < 90_000 ? `${Math.max(1, Math.round(time / 1_000))} s` : `${Math.round(time / 60_000)} min`
}

// what we say ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function say(text) {
  const id = Math.random().toString(36).slice(2)
  if (!connection?.send({ type: 'say', id, text })) return false
  log.sending(id, name, text)
  toEnd()
  return true
}

function write(text) {
  $('text').value = text
  sessionStorage.setItem(`draft ${room}`, text)
  $('text').style.height = 'auto'
  $('text').style.height = `${$('text').scrollHeight + 2}px`
}

$('composer').onsubmit = (event) => {
  event.preventDefault()
  if (connection === undefined) return askName()
  const text = $('text').value.trim()
  // What cannot be sent now stays where it is; sending it later is up to its author.
  if (text !== '' && say(text)) {
    write('')
    saidTypingAt = 0
  }
  $('text').focus()
}

$('text').oninput = () => {
  write($('text').value)
  const now = Date.now()
  if ($('text').value.trim() === '' || now - saidTypingAt < TYPING_EVERY) return
  if (connection?.send({ type: 'typing' })) saidTypingAt = now
}

$('text').onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  $('composer').requestSubmit()
}

$('retry').onclick = () => connection.connect()

// rooms ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The room is in the address: it can be shared, and the browser's own buttons lead from room to room. */
function visit() {
  const wanted = roomInAddress()
  if (wanted === room) return
  leave()
  room = wanted
  rooms.add(room)
  log = logs.get(room) ?? new Log()
  logs.set(room, log)
  $('log').replaceChildren(log.element)
  showRooms(rooms, room)
  showSide(false)
  showUnread(0)
  write(recall(sessionStorage, `draft ${room}`))
  toEnd()
  if (name === '') askName()
  else enter()
}

function roomInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1)) || 'lobby'
  } catch {
    return 'lobby'
  }
}

$('other-room').onsubmit = (event) => {
  event.preventDefault()
  const wanted = $('other').value.trim().toLowerCase().replace(/\s+/g, '-')
  $('other').value = ''
  if (wanted !== '') location.hash = encodeURIComponent(wanted)
}

// names ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function askName(refusal = '') {
  $('refusal').textContent = refusal
  $('name').value ||= name || recall(localStorage, 'name')
  if (!$('door').open) $('door').showModal()
  $('name').select()
}

$('door').onsubmit = (event) => {
  event.preventDefault()
  name = $('name').value.trim()
  $('door').close()
  enter()
  $('text').focus()
}

// Without a name there is nothing behind the door.
$('door').oncancel = (event) => {
  if (!connection?.connected) event.preventDefault()
}

$('rename').onclick = () => {
  $('name').value = name
  showSide(false)
  askName()
}

// the window ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function showUnread(count) {
  unread = count
  document.title = `${count > 0 ? `(${count}) ` : ''}#${room} · Linkspan chat`
}

function toEnd() {
  $('log').scrollTop = $('log').scrollHeight
  $('newest').hidden = true
}

$('newest').onclick = toEnd
$('log').onscroll = () => {
  atEnd = $('log').scrollHeight - $('log').scrollTop - $('log').clientHeight < 60
  if (atEnd) $('newest').hidden = true
}
new ResizeObserver(() => {
  if (atEnd) toEnd()
}).observe($('log'))

$('menu').onclick = (event) => {
  event.stopPropagation()
  showSide($('menu').ariaExpanded !== 'true')
}
document.querySelector('main').onclick = () => showSide(false)
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') showSide(false)
})
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) showUnread(0)
})
addEventListener('hashchange', visit)
visit()
