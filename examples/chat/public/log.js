// What has been said in one room, as elements. Everything that somebody wrote goes in as text, never as markup.

/** The most entries kept; older ones go. */
const KEPT = 500
/** Messages of one person within this time, in milliseconds, stand together. */
const TOGETHER = 4 * 60_000

const clock = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' })

export function element(tag, className, text) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

/** A person's initials, on a colour that is theirs wherever they appear. */
export function avatar(name) {
  const initials = name.split(/[ ._-]+/).map((part) => [...part][0] ?? '')
  const made = element('span', 'avatar', initials.slice(0, 2).join('').toUpperCase())
  let hash = 7
  for (const unit of name) hash = (hash * 31 + unit.codePointAt(0)) % 9_973
  made.dataset.hue = hash % 8
  made.ariaHidden = 'true'
  return made
}

export class Log {
  /** Shown or not, it holds what was said. */
  element = element('div', 'entries')
  #group
  #pending = new Map()

  /** One message of somebody. */
  said({ name, text, at }, mine) {
    const bubble = this.#bubble(name, text, at, mine)
    bubble.classList.add('arrived')
    return bubble
  }

  /** One of ours, on its way. */
  sending(id, name, text) {
    const bubble = this.#bubble(name, text, Date.now(), true)
    bubble.classList.add('pending')
    this.#pending.set(id, { bubble, text })
  }

  /** The server has it, as everybody else does. Answers whether it was one of ours. */
  sent(id) {
    const entry = this.#pending.get(id)
    this.#pending.delete(id)
    entry?.bubble.classList.remove('pending')
    return entry !== undefined
  }

  /** The server will not take it; answers its text, to be written anew. */
  refused(id, reason) {
    const entry = this.#pending.get(id)
    if (entry === undefined) return undefined
    this.#pending.delete(id)
    entry.bubble.classList.replace('pending', 'unsent')
    entry.bubble.append(element('span', 'fate', `Not sent: ${reason}`))
    return entry.text
  }

  /** Nobody knows what became of those on their way. Whether to say them again is for their author to decide. */
  interrupted(sayAgain) {
    for (const { bubble, text } of this.#pending.values()) {
      bubble.classList.replace('pending', 'unsent')
      const fate = element('span', 'fate', 'The connection broke before this was confirmed. ')
      const again = element('button', 'again', 'Send again')
      again.type = 'button'
      again.onclick = () => {
        if (sayAgain(text)) this.#remove(bubble)
      }
      fate.append(again)
      bubble.append(fate)
    }
    this.#pending.clear()
  }

  /** Somebody came or went, or the server has something to say. */
  note(text, kind = '') {
    this.#group = undefined
    this.#add(element('p', `note ${kind}`, text))
  }

  #bubble(name, text, at, mine) {
    const { element: group, time } = this.#groupFor(name, at, mine)
    const bubble = element('p', 'bubble', text)
    bubble.dir = 'auto'
    group.lastElementChild.append(bubble)
    time.dateTime = new Date(at).toISOString()
    return bubble
  }

  #groupFor(name, at, mine) {
    const last = this.#group
    if (last?.name === name && last.mine === mine && at - last.at < TOGETHER) return last
    const group = element('article', mine ? 'group mine' : 'group')
    const time = element('time', '', clock.format(at))
    const byline = element('header')
    byline.append(element('bdi', 'name', mine ? 'You' : name), time)
    const body = element('div')
    body.append(byline)
    group.append(avatar(name), body)
    this.#group = { name, at, mine, element: group, time }
    this.#add(group)
    return this.#group
  }

  #remove(bubble) {
    const group = bubble.closest('.group')
    bubble.remove()
    if (group.querySelector('.bubble') !== null) return
    group.remove()
    if (this.#group?.element === group) this.#group = undefined
  }

  #add(entry) {
    this.element.append(entry)
    while (this.element.childElementCount > KEPT) this.element.firstElementChild.remove()
  }
}
