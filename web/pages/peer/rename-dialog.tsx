import { useId, useState } from 'preact/hooks'
import type { PeerView } from '../../../src/daemon/contract/peer.ts'
import { nameProblem } from '../../../src/format/name.ts'
import { useDashboard } from '../../parts/context.ts'
import { Dialog } from '../../parts/dialog.tsx'

/** Asks how a peer is to be called here. */
export function RenameDialog({ peer, onClose }: { peer: PeerView; onClose: () => void }) {
  const dashboard = useDashboard()
  const [name, setName] = useState(peer.name)
  const inputId = useId()
  const problemId = useId()
  const problem = name.trim() === '' ? undefined : nameProblem(name)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const outcome = await dashboard.act((client) => client.patch(`peers/${peer.id}`, { name: name.trim() }))
    if (outcome !== undefined) onClose()
  }
  return (
    <Dialog title="Rename" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor={inputId}>What it is called here; the other side does not hear of it</label>
        <input
          id={inputId}
          type="text"
          dir="auto"
          required
          aria-invalid={problem !== undefined}
          aria-describedby={problemId}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <p id={problemId} class="soft" role="status">
          {problem}
        </p>
        <div class="actions end">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class="button main"
            disabled={name.trim() === '' || problem !== undefined || !dashboard.isLive.value}
          >
            Rename
          </button>
        </div>
      </form>
    </Dialog>
  )
}
