"""cxlab: customer-experience measures with their intervals and verdicts, from raw exports to pages leaders can
trust."""
