/** Writing what an example draws. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a text file, and the folder it stands in. */
export const saveText = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
