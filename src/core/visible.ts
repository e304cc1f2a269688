/** What acts on a terminal or in a log instead of being shown: C0, DEL and C1, what ends a line, what turns the direction of writing, and halves of characters. */
const acting = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text that others wrote, for people to read: one line, in which nothing acts. What would is written as in a string of JSON, `\n` and `\u001b`, so that it can be seen that somebody tried. All that peers and strangers
 * say goes through here on its way into errors, events, logs and onto screens; a text that went through it comes back unchanged.
 */
export function visible(text: string): string {
  return text.replace(acting, (mark) => named[mark] ?? escaped(mark))
}

/** The same for several lines of one's own: they stay lines. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}

/** JSON as it stands, without anything that acts: outside its strings there is nothing of the kind but blanks, and inside it means the same. */
export function visibleJson(json: string): string {
  return json.replace(acting, (mark) => (mark === '\n' || mark === '\r' || mark === '\t' ? mark : escaped(mark)))
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`
}
