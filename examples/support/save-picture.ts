/** Keeping what an example draws: out/lecture/<name>.svg, and beside it the same as PNG. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Picture, png } from 'lanac/plot'

/** Draws a picture to out/<path>.svg and out/<path>.png. */
export const savePicture = async (path: string, picture: Picture): Promise<void> => {
  const file = `out/${path}`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.svg`, await picture.svg())
  await writeFile(`${file}.png`, await png(picture))
  console.log(`drawn: ${file}.svg`)
}
