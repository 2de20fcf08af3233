/** A page that holds everything it shows: text, and pictures inside it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Picture } from 'lanac/plot'

/** A part of the page. */
export interface Section {
  readonly heading: string
  readonly text?: string
  readonly picture?: Picture
  /** What the picture shows, for those who do not see it. */
  readonly alt?: string
  /** Text that keeps its lines. */
  readonly lines?: string
}

const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

const style = `
  body { font: 16px/1.5 system-ui, Helvetica, Arial, sans-serif; color: #1a1a1a; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem; }
  p { max-width: 46rem; } .lead { font-size: 1.15rem; }
  img { max-width: 100%; height: auto; } pre { background: #f5f5f5; padding: 1rem; overflow-x: auto; }`

const html = async (s: Section): Promise<string> => {
  const drawn = s.picture === undefined ? '' : Buffer.from(await s.picture.svg()).toString('base64')
  return [
    `<section><h2>${escape(s.heading)}</h2>`,
    s.text === undefined ? '' : `<p>${escape(s.text)}</p>`,
    drawn === ''
      ? ''
      : `<img alt="${escape(s.alt ?? s.heading).replace(/"/g, '&quot;')}" src="data:image/svg+xml;base64,${drawn}">`,
    s.lines === undefined ? '' : `<pre>${escape(s.lines)}</pre>`,
    '</section>',
  ].join('\n')
}

/** Writes a page to a file: a title, a lead, sections. */
export const saveReport = async (
  file: string,
  title: string,
  lead: string,
  sections: readonly Section[],
): Promise<void> => {
  const body = (await Promise.all(sections.map(html))).join('\n')
  const page = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">\n<title>${escape(title)}</title><style>${style}</style></head>\n<body><h1>${escape(title)}</h1>\n<p class="lead">${escape(lead)}</p>\n${body}\n</body></html>\n`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, page)
}
