import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useTextStream } from 'sse-streaming/react';

function Numbers() {
  const [kept] = useState(() => location.hash.slice(1) || undefined);
  const { text, status, streamId, start, stop } = useTextStream({ url: '/ai/sse', streamId: kept });
  // A page that is loaded again shows the same stream.
  useEffect(() => {
    if (streamId) location.hash = streamId;
  }, [streamId]);
  return (
    <main>
      <button onClick={() => start({ source: 'count' })}>Count</button>
      <button onClick={() => void stop().catch(console.error)}>Stop</button>
      <p>{text}</p>
      <output>{status}</output>
    </main>
  );
}

createRoot(document.getElementById('root')).render(<Numbers />);
