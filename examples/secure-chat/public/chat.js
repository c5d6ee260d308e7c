import { Connection } from './connection.js'
import { freshToken, login, logout } from './session.js'

const $ = (id) => document.getElementById(id)

const STATES = {
  connecting: 'Connecting',
  connected: 'Connected',
  waiting: 'Reconnecting',
  stopped: 'Not connected',
}
/** What a connection that is over for good says. */
const ENDS = { 4001: 'You were logged out.', 4010: 'Please log in.' }

let connection
let room

function showLogin(trouble) {
  connection?.close()
  connection = undefined
  $('state').textContent = STATES.stopped
  $('trouble').textContent = trouble
  $('chat').hidden = $('logout').hidden = true
  $('login').hidden = false
}

function showChat() {
  $('trouble').textContent = ''
  $('login').hidden = true
  $('chat').hidden = $('logout').hidden = false
  connection = new Connection({ onState, onMessage })
}

function onState({ name, code }) {
  $('state').textContent = STATES[name]
  if (name === 'stopped') showLogin(ENDS[code] ?? `The server ended the connection (${code}).`)
}

function onMessage(message) {
  const handlers = { welcome, entered, said, denied, renewed, 'renewal-refused': renewalRefused }
  handlers[message.type]?.(message)
}

function welcome({ name, rooms }) {
  $('state').textContent = `Connected as ${name}`
  $('rooms').replaceChildren(...rooms.map(roomButton))
  enter(room ?? rooms[0])
}

function roomButton(name) {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = `#${name}`
  button.dataset.room = name
  button.onclick = () => enter(name)
  return button
}

function enter(name) {
  connection.send({ type: 'enter', room: name })
}

function entered(message) {
  if (message.room !== room) $('log').replaceChildren()
  room = message.room
  $('trouble').textContent = ''
  for (const button of $('rooms').children) button.ariaPressed = String(button.dataset.room === room)
}

function said(message) {
  if (message.room === room) note(`${message.name}: ${message.text}`)
}

function denied({ action, topic }) {
  const name = topic.replace('room:', '#')
  $('trouble').textContent = action === 'join' ? `${name} is not for you.` : `You may not write in ${name}.`
}

function renewed({ expiresAt }) {
  $('lease').textContent = `Renewed; good until ${new Date(expiresAt).toISOString()}`
}

function renewalRefused({ why }) {
  $('lease').textContent = `Not renewed: ${why}`
}

/** Text as text: what looks like markup is none. */
function note(text) {
  const line = document.createElement('p')
  line.textContent = text
  $('log').append(line)
}

$('login').onsubmit = async (event) => {
  event.preventDefault()
  const { name, password } = Object.fromEntries(new FormData($('login')))
  const isRight = await login(name, password).catch(() => undefined)
  if (isRight) {
    $('login').reset()
    showChat()
  } else
    $('trouble').textContent = isRight === false ? 'Wrong name or password.' : 'The server does not answer.'
}

$('composer').onsubmit = (event) => {
  event.preventDefault()
  const text = $('text').value
  if (text.trim() === '') return
  connection.send({ type: 'say', room, text })
  $('text').value = ''
}

// The server closes the connection with 4001, here and in every other window of this log-in.
$('logout').onclick = () => void logout().catch(() => undefined)

if (await freshToken().catch(() => undefined)) showChat()
else showLogin('')
