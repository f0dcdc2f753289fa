//! What a target lets us see, for those who set it up.
