import { expose } from 'comlink';
import { Bench } from '../measure/bench';

// In a worker, as Sterna runs its models in one.
expose(new Bench());
