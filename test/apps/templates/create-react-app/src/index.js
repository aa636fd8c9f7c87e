// Create React App begins here.
import './main.jsx';
