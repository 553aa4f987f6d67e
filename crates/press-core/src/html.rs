//! HTML of strangers, read for what it says. Nothing of it is shown as HTML: for that there is `render/sanitise`.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, TokenSink, Tokenizer, TokenizerOpts};

/// Shows `sink` the tags and words of `html` as browsers take them, and gives it back. No tree is made.
pub fn read<S: TokenSink>(html: &str, sink: S) -> S {
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    // Pauses are for those who run scripts; our sinks ask for none.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink
}
