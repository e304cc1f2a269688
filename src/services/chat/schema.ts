import { join } from 'node:path'
import type { Schema } from '../../store/database.ts'

/** Where the conversations of the node in `dir` are kept. */
export const chatDatabasePath = (dir: string): string => join(dir, 'chat.db')

/** "HFCH". Never change a step that was released; append. */
export const chatSchema: Schema = {
  applicationId: 0x48464348,
  afresh: 'start without the conversations of before',
  steps: [
    `CREATE TABLE message (
      number INTEGER PRIMARY KEY AUTOINCREMENT, -- so that none is used again when the newest is gone
      peer TEXT NOT NULL,
      mine INTEGER NOT NULL,
      id BLOB NOT NULL,
      text BLOB NOT NULL, -- UTF-8; a TEXT would end at its first NUL
      written_at_ms INTEGER NOT NULL,
      delayed INTEGER NOT NULL,
      arrived_at_ms INTEGER, -- none while it waits
      checksum INTEGER NOT NULL -- CRC-32 of all columns but the number and this one
    ) STRICT;
    CREATE UNIQUE INDEX message_id ON message (peer, mine, id);
    CREATE INDEX message_order ON message (peer, number);
    CREATE INDEX message_waiting ON message (peer, number) WHERE mine = 1 AND arrived_at_ms IS NULL;`,
  ],
}
